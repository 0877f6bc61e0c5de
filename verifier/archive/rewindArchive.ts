import { decodeBlockAccessList } from "../../protocol/index.ts";
import { HIGHEST_NUMBER, numberKey, numberOf } from "./archiveKeys.ts";
import type { ArchiveStore, ArchiveView, ArchiveWriter } from "./archiveStore.ts";
import { keysOfBlock } from "./blockKeys.ts";
import { unpack } from "./packed.ts";
import { blockAt, headRecord } from "./readBlocks.ts";

/** Blocks that one transaction forgets: what it changes is held in memory. */
const BLOCKS_AT_ONCE = 16;

/**
 * Forgets blocks after `toBlock`, from the head downwards, and first the batches that reach beyond. An interruption
 * leaves a whole chain that is longer than wanted; the call can be repeated.
 */
export async function rewindArchive(store: ArchiveStore, toBlock: number): Promise<void> {
  await store.write((writer) => forgetBatches(store, writer, toBlock));
  for (;;) {
    const head = headRecord(store)?.header.number;
    if (head === undefined || head <= toBlock) return;
    await store.write((writer) => {
      for (let number = head; number > Math.max(toBlock, head - BLOCKS_AT_ONCE); number--) {
        forgetBlock(store, writer, number);
      }
    });
  }
}

function forgetBatches(view: ArchiveView, writer: ArchiveWriter, toBlock: number): void {
  const beyond = { start: numberKey(toBlock + 1), end: numberKey(HIGHEST_NUMBER) };
  for (const { key, value } of view.entries("batchEnd", beyond)) {
    writer.remove("batchEnd", key);
    const number = numberKey(numberOf(value));
    writer.remove("batch", number);
    writer.remove("batchData", number);
  }
}

function forgetBlock(view: ArchiveView, writer: ArchiveWriter, number: number): void {
  const block = blockAt(view, number);
  const accessList = view.get("accessList", numberKey(number));
  if (block === undefined || accessList === undefined) return;
  const list = decodeBlockAccessList(unpack(accessList));
  for (const { name, key } of keysOfBlock(block, list)) writer.remove(name, key);
}
