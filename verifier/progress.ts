import type { ExecutedBlock } from "../executor/index.ts";
import type { VerifyProgress, VerifyReport } from "./types.ts";

export interface Progress {
  /** What is to be reached, and the batch that is reached. */
  aim(target: { batch: number; block: number }, reached: number): void;
  blockDone(executed: ExecutedBlock): void;
  batchDone(number: number): void;
  report(end: Pick<VerifyReport, "lastBlock" | "stateRoot">): VerifyReport;
}

/** Within a batch, at most this often. */
const INTERVAL_MS = 500;

export function createProgress(
  firstBlock: number,
  onProgress: ((progress: VerifyProgress) => void) | undefined,
  now: () => number = () => performance.now(),
): Progress {
  const started = now();
  let toldAt = started;
  let aimed = { batch: 0, block: 0 };
  const done = { batches: 0, blocks: 0, transactions: 0, batch: 0, block: firstBlock - 1 };

  function tell(): void {
    toldAt = now();
    const seconds = Math.max(0.001, (toldAt - started) / 1000);
    const left = Math.max(0, aimed.block - done.block);
    onProgress?.({
      batch: done.batch,
      lastBatch: aimed.batch,
      block: done.block,
      lastBlock: aimed.block,
      transactions: done.transactions,
      transactionsPerSecond: done.transactions / seconds,
      secondsLeft: done.blocks === 0 ? undefined : (left * seconds) / done.blocks,
    });
  }

  return {
    aim(target, reached) {
      aimed = target;
      done.batch = reached;
    },
    blockDone({ block }) {
      done.blocks += 1;
      done.block = block.header.number;
      done.transactions += block.transactions.length;
      if (now() - toldAt >= INTERVAL_MS) tell();
    },
    batchDone(number) {
      done.batches += 1;
      done.batch = number;
      tell();
    },
    report({ lastBlock, stateRoot }) {
      const { batches, transactions } = done;
      const seconds = (now() - started) / 1000;
      return {
        firstBlock: Math.min(firstBlock, lastBlock),
        lastBlock,
        batches,
        transactions,
        stateRoot,
        seconds,
      };
    },
  };
}
