import type { Executor } from "../../executor/index.ts";
import { type BlockHeader, BraidError } from "../../protocol/index.ts";
import type { ChainStore, L1Position } from "../chain-store/types.ts";
import type { BlockCandidates } from "../mempool/types.ts";

export interface RollbackDeps {
  chain: ChainStore;
  /** See truncateAfter: all blocks after that one, in one transaction. */
  truncateAfter(number: number): Promise<void>;
  executor: Executor;
  candidates: Pick<BlockCandidates, "resync">;
  /** Waits before a retry; rejects when the sequencer stops. */
  pause(ms: number): Promise<void>;
}

/** The chain cannot go back there; nothing was changed. */
export class RollbackError extends BraidError {}

/** PostgreSQL did not forget the blocks although the state store did: only a restart puts that right. */
export class RollbackIncompleteError extends BraidError {
  constructor(number: number, cause: unknown) {
    super("ROLLBACK_INCOMPLETE", `going back to block ${number} was interrupted`, {
      cause,
      hint: "Start the node again: it resumes with the chain as it was before.",
    });
  }
}

const RETRY_DELAY_MS = 250;
const MAX_ATTEMPTS = 40;

/**
 * Takes back all blocks after `number`. The order keeps the state store from ever being ahead of PostgreSQL:
 *
 * 1. state store, to the state at the target, in one LMDB transaction;
 * 2. PostgreSQL, in one transaction: from here on the blocks never were;
 * 3. the pool: what waits is fitted to the nonces of the target.
 *
 * A process that dies between 1 and 2 resumes by `recoverChain`, which brings the state forward again: the rollback did
 * not happen. Blocks that L1 has are not taken back. Transactions of undone blocks are gone, unless `truncateAfter` keeps
 * them for the pool.
 */
export async function rollbackChain(
  number: number,
  deps: RollbackDeps,
): Promise<{ header: BlockHeader; hash: Uint8Array; position: L1Position }> {
  const { chain, executor } = deps;
  const target = await chain.headerByNumber(number);
  const position = await chain.l1Position(number);
  if (target === undefined || position === undefined)
    throw new RollbackError("ROLLBACK_UNKNOWN", `there is no block ${number}`);
  await requireUnposted(chain, number);
  const { stateRoot } = target.header;
  const undone = chain.diffsAfter(number);
  await executor.rollback({ number, hash: target.hash, stateRoot }, undone, () => upTo(chain, number));
  await truncate(number, deps);
  await deps.candidates.resync();
  return { ...target, position };
}

async function requireUnposted(chain: ChainStore, number: number): Promise<void> {
  let batch = await chain.lastBatch();
  while (batch !== undefined && batch.lastBlock > number) {
    if (batch.status !== "sealed") {
      const message = `cannot go back to block ${number}: L1 has the chain up to block ${batch.lastBlock}`;
      throw new RollbackError("ROLLBACK_POSTED", message);
    }
    batch = await chain.batchByNumber(batch.number - 1);
  }
}

async function* upTo(chain: ChainStore, number: number) {
  for await (const block of chain.diffsAfter(-1)) {
    if (block.header.number > number) return;
    yield block;
  }
}

async function truncate(number: number, deps: RollbackDeps): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await deps.truncateAfter(number);
    } catch (error) {
      const mayRetry = error instanceof BraidError && error.retryable && attempt < MAX_ATTEMPTS;
      if (!mayRetry) throw new RollbackIncompleteError(number, error);
      await deps.pause(RETRY_DELAY_MS);
    }
  }
}
