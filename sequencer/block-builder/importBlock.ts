import type { ExecutedBlock, Executor } from "../../executor/index.ts";
import { BraidError, bytesEqual, InvariantError, type Transaction } from "../../protocol/index.ts";
import type { ChainStore, L1Position } from "../chain-store/types.ts";
import type { BlockCandidates } from "../mempool/types.ts";

export interface ImportBlockDeps {
  chain: ChainStore;
  executor: Executor;
  candidates: BlockCandidates;
  /** Told last, when the block can be read everywhere. */
  announce(executed: ExecutedBlock): Promise<void>;
  /** Waits before a retry; rejects when the sequencer stops. */
  pause(ms: number): Promise<void>;
  onRetry(error: BraidError, attempt: number): void;
}

const RETRY_DELAY_MS = 250;
const MAX_PERSIST_ATTEMPTS = 40;

/**
 * Makes an executed block part of the chain. The order is the promise that nothing acknowledged is lost:
 *
 * 1. persist in PostgreSQL, the truth: block, receipts, logs, state diff, rejections in one transaction;
 * 2. commit to the state store, which is rebuilt from 1 when the process dies in between;
 * 3. settle the mempool: only now may Redis forget the transactions;
 * 4. announce the new head.
 *
 * A process that dies anywhere resumes by `recover`: each step is repeated or skipped by what PostgreSQL holds.
 */
export async function importBlock(
  executed: ExecutedBlock,
  deps: ImportBlockDeps,
  position?: L1Position,
): Promise<void> {
  await persist(executed, position, deps);
  await deps.executor.commit(executed);
  await deps.candidates.settle({
    included: withNonces(executed),
    dropped: executed.skipped.filter((skipped) => !skipped.retryable),
  });
  await deps.announce(executed);
}

/** A deposit takes the nonce that its sender has by then; only its receipt knows which. */
function withNonces({ block: { transactions, receipts } }: ExecutedBlock): Transaction[] {
  return transactions.map((transaction, index) => {
    const nonce = receipts[index]?.depositNonce;
    return nonce === undefined ? transaction : { ...transaction, nonce };
  });
}

/** A lost connection leaves open whether the block was committed: ask the store before trying again. */
async function persist(
  executed: ExecutedBlock,
  position: L1Position | undefined,
  deps: ImportBlockDeps,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      if (attempt > 1 && (await isPersisted(executed, deps.chain))) return;
      await deps.chain.appendBlock(executed, position);
      return;
    } catch (error) {
      if (!(error instanceof BraidError) || !error.retryable || attempt === MAX_PERSIST_ATTEMPTS) throw error;
      deps.onRetry(error, attempt);
      await deps.pause(RETRY_DELAY_MS);
    }
  }
}

async function isPersisted({ block }: ExecutedBlock, chain: ChainStore): Promise<boolean> {
  const head = await chain.head();
  if (head === undefined || head.number < block.header.number) return false;
  if (head.number > block.header.number || !bytesEqual(head.hash, block.hash)) {
    throw new InvariantError(
      `the chain store moved to block ${head.number} while block ${block.header.number} was being persisted`,
    );
  }
  return true;
}
