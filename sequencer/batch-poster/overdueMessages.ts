/**
 * L1 refuses every batch that leaves a message unconsumed whose deadline has passed. After a long outage that can be all
 * the batches that were sealed before the message's block, one by one: they must become one batch that reaches the
 * block that consumes it.
 */
import type { BatchRecord, ChainStore } from "../chain-store/index.ts";
import type { MessageDeadlines } from "./rollupContract.ts";

/** L1 blocks that a commitment may take to be mined. */
const MARGIN_BLOCKS = 5;

export type Overdue =
  /** The batch must go on up to this block. */
  | { kind: "merge"; throughBlock: number }
  /** No block has consumed the message yet. */
  | { kind: "unconsumed" };

/** Undefined: L1 takes the batch. */
export async function overdueMessages(
  chain: ChainStore,
  batch: BatchRecord,
  messages: MessageDeadlines,
  l1Block: number,
): Promise<Overdue | undefined> {
  const needed = await consumedNeeded(messages, batch.messagesConsumed, l1Block + MARGIN_BLOCKS);
  if (needed <= batch.messagesConsumed) return undefined;
  const head = (await chain.head())?.number ?? 0;
  const block = await firstBlock(chain, batch.lastBlock, head, needed);
  return block === undefined ? { kind: "unconsumed" } : { kind: "merge", throughBlock: block };
}

/** The least count after which no message is due before that L1 block. Deadlines never fall. */
async function consumedNeeded(
  { count, deadlineOf }: MessageDeadlines,
  from: number,
  l1Block: number,
): Promise<number> {
  let low = from;
  let high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await deadlineOf(middle)) < l1Block) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function firstBlock(
  chain: ChainStore,
  from: number,
  head: number,
  consumed: number,
): Promise<number | undefined> {
  const consumedAt = async (block: number) => (await chain.l1Position(block))?.messagesConsumed ?? 0;
  if ((await consumedAt(head)) < consumed) return undefined;
  let low = from;
  let high = head;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await consumedAt(middle)) >= consumed) high = middle;
    else low = middle + 1;
  }
  return low;
}
