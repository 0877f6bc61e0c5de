import { bytesEqual, genesisBatchHash } from "../../protocol/index.ts";
import type { BatchRecord, ChainStore } from "../chain-store/types.ts";
import { BatchChainError } from "./batchErrors.ts";
import type { BatchLog } from "./batchLog.ts";
import { type BatchSender, otherChain } from "./batchSender.ts";
import type { L1Rollup } from "./l1Rollup.ts";

/**
 * Makes the database agree with L1, which is the truth about what is committed: batches that L1 lost (a
 * reorganization, a restored node) become sealed again, batches that L1 has become committed.
 * Returns what is still to be posted, oldest first. Throws BatchChainError when L1 holds another chain.
 */
export async function reconcileBatches(deps: {
  chain: ChainStore;
  l1: L1Rollup;
  sender: BatchSender;
  log: BatchLog;
}): Promise<{ unposted: BatchRecord[]; l1Batch: number }> {
  const { chain, l1, sender, log } = deps;
  const position = await l1.position();
  const last = await chain.lastBatch();
  if (position.batch > (last?.number ?? 0)) {
    throw new BatchChainError(
      `L1 has batch ${position.batch} and the database ends at ${last?.number ?? 0}`,
      "The database is older than the rollup: restore the newer one, or deploy a new rollup.",
    );
  }
  const ours = await hashOf(chain, position.batch);
  if (ours !== undefined && !bytesEqual(ours, position.batchHash)) {
    throw otherChain(position.batch, position.batchHash, ours);
  }
  for (let number = last?.number ?? 0; number > position.batch; number--) {
    const batch = number === last?.number ? last : await chain.batchByNumber(number);
    if (batch === undefined || batch.status === "sealed") continue;
    // Read again: it can have been mined and marked after `position` was read.
    if ((await l1.position()).batch >= number) break;
    log.warn({ batch: number, transaction: batch.l1TransactionHash }, "L1 lost a batch; posting it again");
    await chain.markBatchSealed(number);
  }
  const sealed = await chain.unpostedBatches();
  for (const batch of sealed) if (batch.number <= position.batch) await sender.confirm(batch);
  return { unposted: sealed.filter(({ number }) => number > position.batch), l1Batch: position.batch };
}

async function hashOf(chain: ChainStore, number: number): Promise<Uint8Array | undefined> {
  if (number > 0) return (await chain.batchByNumber(number))?.hash;
  const genesis = await chain.headerByNumber(0);
  return genesis && genesisBatchHash({ stateRoot: genesis.header.stateRoot, blockHash: genesis.hash });
}
