import type { ExecutedBlock } from "../../executor/index.ts";
import { encodeStateDiff } from "../../protocol/index.ts";
import type { BlockPlace } from "../types.ts";
import { numberKey } from "./archiveKeys.ts";
import type { ArchiveStore } from "./archiveStore.ts";
import { indexAccounts, indexLogs } from "./blockKeys.ts";
import { encodeBody } from "./bodyCodec.ts";
import { encodeOutcomes } from "./outcomeCodec.ts";
import { pack } from "./packed.ts";
import { encodeBlockRecord } from "./recordCodec.ts";

export const GENESIS_KEY = Buffer.from("genesis");

/** Writes a block with all that belongs to it in one transaction. The caller knows that it follows the head. */
export async function appendBlock(
  store: ArchiveStore,
  executed: Pick<ExecutedBlock, "block" | "stateDiff" | "accessList" | "report">,
  place: BlockPlace,
): Promise<void> {
  const { block, accessList, report } = executed;
  const { header, hash, size, transactions, receipts } = block;
  const key = numberKey(header.number);
  const [outcomes, list] = await Promise.all([pack(encodeOutcomes(receipts)), pack(accessList)]);
  await store.write((writer) => {
    writer.put("block", key, encodeBlockRecord({ header, hash, size, place }));
    writer.put("body", key, encodeBody(transactions));
    writer.put("outcome", key, outcomes);
    writer.put("accessList", key, list);
    writer.put("hash", hash, key);
    for (const [index, transaction] of transactions.entries()) {
      writer.put("place", transaction.hash, placeValue(index, key));
    }
    indexAccounts(writer, block, report.transactions);
    indexLogs(writer, header.number, receipts);
    if (header.number === 0) writer.put("meta", GENESIS_KEY, encodeStateDiff(executed.stateDiff));
  });
}

/** Four bytes of index, then the block's number. */
function placeValue(index: number, block: Buffer): Buffer {
  const value = Buffer.allocUnsafe(4 + block.length);
  value.writeUInt32BE(index);
  value.set(block, 4);
  return value;
}
