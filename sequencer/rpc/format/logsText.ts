import { bytesToHex } from "../../../protocol/index.ts";
import type { MinedLog } from "../../chain-store/types.ts";
import { RawJson } from "../json-rpc/rawJson.ts";
import { AsciiWriter } from "./asciiWriter.ts";
import { quantity } from "./quantity.ts";

/** What {@link formatLogs} gives, as JSON text: logs are many, and objects of them would only be written out again. */
export function logsText(logs: readonly MinedLog[]): RawJson {
  const writer = new AsciiWriter();
  writer.text("[");
  let blockHash: Uint8Array | undefined;
  let block = "";
  let first = true;
  for (const mined of logs) {
    if (blockHash !== mined.blockHash) {
      blockHash = mined.blockHash;
      const timestamp = quantity(mined.blockTimestamp);
      block = `","blockHash":"${bytesToHex(blockHash)}","blockTimestamp":"${timestamp}","logIndex":"`;
    }
    const { address, topics, data } = mined.log;
    writer
      .text(first ? '{"address":"0x' : ',{"address":"0x')
      .hex(address)
      .text('","topics":[');
    first = false;
    writeTopics(writer, topics);
    writer
      .text('],"data":"0x')
      .hex(data)
      .text(`","blockNumber":"${quantity(mined.blockNumber)}`);
    writer.text('","transactionHash":"0x').hex(mined.transactionHash);
    writer.text(`","transactionIndex":"${quantity(mined.transactionIndex)}`).text(block);
    writer.text(quantity(mined.logIndex)).text('","removed":false}');
  }
  return new RawJson(writer.text("]").toString());
}

function writeTopics(writer: AsciiWriter, topics: readonly Uint8Array[]): void {
  let before = '"0x';
  for (const topic of topics) {
    writer.text(before).hex(topic).text('"');
    before = ',"0x';
  }
}
