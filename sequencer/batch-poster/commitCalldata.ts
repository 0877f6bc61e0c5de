import { encodeFunctionData } from "viem";
import { rollupAbi } from "../../contracts/index.ts";
import { type BatchHeader, bytesToHex, hexToBytes } from "../../protocol/index.ts";

const WORD = 32;

/**
 * Calldata of `commitBatch(header, data)`. The head is encoded by the ABI with empty data; length and data, the last
 * words of the layout, are then copied in as bytes, for hex text of a whole batch is slow.
 */
export function commitCalldata(header: BatchHeader, data: Uint8Array): Uint8Array {
  const call = {
    number: BigInt(header.number),
    previousHash: bytesToHex(header.previousHash),
    firstBlock: BigInt(header.firstBlock),
    lastBlock: BigInt(header.lastBlock),
    postStateRoot: bytesToHex(header.postStateRoot),
    lastBlockHash: bytesToHex(header.lastBlockHash),
  };
  const head = hexToBytes(
    encodeFunctionData({ abi: rollupAbi, functionName: "commitBatch", args: [call, "0x"] }),
  );
  const calldata = Buffer.alloc(head.length + Math.ceil(data.length / WORD) * WORD);
  calldata.set(head);
  calldata.writeUInt32BE(data.length, head.length - 4);
  calldata.set(data, head.length);
  return calldata;
}
