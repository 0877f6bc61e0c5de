import { bytesEqual, commitmentHash, InvariantError } from "../../protocol/index.ts";
import type { BatchPosting, BatchRecord, ChainStore } from "../chain-store/index.ts";
import { L1Error } from "../l1-transactions/index.ts";
import { genesisOf, postingOf } from "./batchCommitments.ts";
import { BatchChainError, otherChain } from "./batchErrors.ts";
import type { BatchLog } from "./batchLog.ts";

import type { RollupContract, RollupEvent, RollupLog, RollupState } from "./rollupContract.ts";

export interface ReconcileDeps {
  chain: ChainStore;
  rollup: RollupContract;
  log: BatchLog;
  /** Versioned hashes of the blobs that carry this data. */
  blobHashes: (data: Uint8Array) => Promise<Uint8Array[]>;
}

/**
 * Makes the database agree with L1, which is the truth about what is committed, proven and final: what L1 lost, by a
 * reorganization or by the guardian's hand, goes back; what it has, whoever sent it, is written down. Throws
 * BatchChainError when L1 holds another chain.
 */
export async function reconcileBatches(
  deps: ReconcileDeps,
  state: RollupState,
  l1Block: number,
): Promise<void> {
  const { chain } = deps;
  const last = await chain.lastBatch();
  if (state.committed > (last?.number ?? 0)) {
    throw new BatchChainError(
      `L1 has batch ${state.committed} and the database ends at ${last?.number ?? 0}`,
      "The database is older than the rollup: restore the newer one, or deploy a new rollup.",
    );
  }
  await forgetLost(deps, state, l1Block);
  for (const batch of await chain.batchesIn(["sealed"], state.committed)) {
    if (batch.number > state.committed) break;
    await commit(deps, batch, l1Block);
  }
  for (const batch of await chain.batchesIn(["committed"], state.proven)) {
    if (batch.number > state.proven) break;
    await prove(deps, batch, l1Block);
  }
  await finalize(deps, state, l1Block);
}

/** From the first batch on that L1 does not have as we know it, batches are sealed; likewise proofs and finality. */
async function forgetLost({ chain, rollup, log }: ReconcileDeps, state: RollupState, l1Block: number) {
  let from = state.committed + 1;
  for (; from > 1; from--) {
    const batch = await chain.batchByNumber(from - 1);
    if (batch === undefined || batch.status === "sealed") continue;
    const { hash } = await rollup.batchAt(from - 1, l1Block);
    if (batch.posting !== undefined && bytesEqual(batch.posting.hash, hash)) break;
  }
  const lost = await chain.markBatchesSealed(from);
  if (lost > 0) log.warn({ from, batches: lost }, "L1 lost batches; posting them again");
  const unproven = await chain.markBatchesUnproven(state.proven + 1);
  if (unproven > 0) log.warn({ from: state.proven + 1, batches: unproven }, "L1 lost proofs");
  const unfinalized = await chain.markBatchesUnfinalized(state.finalized + 1);
  if (unfinalized > 0) log.warn({ from: state.finalized + 1, batches: unfinalized }, "L1 lost finality");
}

async function commit(deps: ReconcileDeps, batch: BatchRecord, l1Block: number): Promise<void> {
  const { chain, rollup, log } = deps;
  const { hash } = await rollup.batchAt(batch.number, l1Block);
  const place = await placeOf(deps, "BatchCommitted", batch.number, l1Block);
  const posting = await recognize(deps, batch, hash, place.blobCount > 0);
  await chain.markBatchCommitted(batch.number, posting, place);
  log.info({ batch: batch.number, l1Block: place.blockNumber, data: posting.kind }, "batch committed on L1");
}

/** Somebody else may have posted our batch, after a long silence, and its data in another way than we had planned. */
async function recognize(
  { chain, blobHashes }: ReconcileDeps,
  batch: BatchRecord,
  onL1: Uint8Array,
  inBlobs: boolean,
): Promise<BatchPosting> {
  if (batch.posting !== undefined && bytesEqual(batch.posting.hash, onL1)) return batch.posting;
  const data = await chain.batchData(batch.number);
  if (data === undefined) throw new InvariantError(`batch ${batch.number} has no data`);
  const previous = await hashBefore(chain, batch.number);
  const posting = postingOf(batch, data, previous, inBlobs ? await blobHashes(data) : undefined);
  if (bytesEqual(posting.hash, onL1)) return posting;
  throw otherChain(batch.number, onL1);
}

/** Hash of the batch before, as L1 has it. */
export async function hashBefore(chain: ChainStore, number: number): Promise<Uint8Array> {
  if (number === 1) return commitmentHash(await genesisOf(chain));
  const before = await chain.batchByNumber(number - 1);
  if (before?.posting === undefined) throw new InvariantError(`batch ${number - 1} has no hash`);
  return before.posting.hash;
}

async function prove(deps: ReconcileDeps, batch: BatchRecord, l1Block: number): Promise<void> {
  const place = await placeOf(deps, "BatchProven", batch.number, l1Block);
  const { provenAt } = await deps.rollup.batchAt(batch.number, l1Block);
  await deps.chain.markBatchProven(batch.number, { ...place, timestamp: provenAt });
  deps.log.info({ batch: batch.number, l1Block: place.blockNumber }, "batch proven on L1");
}

async function finalize(deps: ReconcileDeps, state: RollupState, l1Block: number): Promise<void> {
  const proven = await deps.chain.batchesIn(["proven"], Math.max(state.finalized, 1));
  const final = proven.filter(({ number }) => number <= state.finalized);
  if (final.length === 0) return;
  // One word finalizes all batches before it.
  const place = await placeOf(deps, "BatchFinalized", state.finalized, l1Block);
  for (const { number } of final) await deps.chain.markBatchFinalized(number, place);
  deps.log.info({ batch: state.finalized, l1Block: place.blockNumber }, "batches final on L1");
}

async function placeOf(
  { rollup }: ReconcileDeps,
  event: RollupEvent,
  number: number,
  l1Block: number,
): Promise<RollupLog> {
  const place = await rollup.findEvent(event, number, l1Block);
  if (place === undefined) {
    throw new L1Error(`batch ${number}`, new InvariantError(`its event ${event} is missing`));
  }
  return place;
}
