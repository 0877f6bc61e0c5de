import { BraidError } from "../../protocol/index.ts";
import type { BlockBuilder, ChainTip } from "../block-builder/blockBuilder.ts";
import { type RollbackDeps, rollbackChain } from "../block-builder/rollbackChain.ts";
import type { L1BlockRecord, L1Chain } from "../chain-store/index.ts";
import type { WatcherLog } from "./watcherLog.ts";

export interface RewindDeps {
  builder: Pick<BlockBuilder, "between">;
  l1Chain: Pick<L1Chain, "lastBlockOfOrigin" | "forgetAfter">;
  /** Its `truncateAfter` keeps the users' transactions. */
  rollback: RollbackDeps;
  /** Runs what takes the chain back, while nobody else works on the blocks that go. */
  whileGoingBack<T>(goBack: () => Promise<T>): Promise<T>;
  log: WatcherLog;
  /** The chain ends here now: everyone who keeps later blocks must forget them. */
  onRolledBack(head: ChainTip): Promise<void>;
  /** Ends the waiting, by throwing. */
  signal: AbortSignal;
  /** The stored L1 ends with `ancestor` now. */
  onForgotten(): Promise<void>;
}

const WAIT_MS = 500;

/**
 * L1 has other blocks after `ancestor`: takes back the L2 blocks that stand on those that are gone, then forgets these.
 * In this order a process that dies in between does the same again. Answers how many L2 blocks were taken back.
 *
 * Nothing is built meanwhile. A batch with one of the blocks cannot be on L1 any more, because L1 takes no batch whose
 * origin is another block than its own; until the poster has seen that too, this waits.
 */
export async function rewindL2(ancestor: L1BlockRecord, deps: RewindDeps): Promise<number> {
  const { l1Chain, log } = deps;
  return await deps.builder.between(async (bench) => {
    const target = await l1Chain.lastBlockOfOrigin(ancestor.number);
    const undone = bench.head().header.number - target;
    if (undone > 0) {
      const head = await rollBack(target, deps);
      bench.moveTo(head);
      log.warn(
        { l1Block: ancestor.number, block: target, undone },
        "L1 reorganized: L2 went back to the last block that L1 still supports",
      );
      await deps.onRolledBack(head);
    }
    await l1Chain.forgetAfter(ancestor.number);
    await deps.onForgotten();
    return undone;
  });
}

async function rollBack(
  target: number,
  { rollback, whileGoingBack, log, signal }: RewindDeps,
): Promise<ChainTip> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await whileGoingBack(() => rollbackChain(target, rollback));
    } catch (error) {
      if (!(error instanceof BraidError) || error.code !== "ROLLBACK_POSTED") throw error;
      if (attempt % 20 === 0) {
        log.warn(
          { block: target, reason: error.message },
          "L2 must go back, and waits for its poster to see L1's reorganization",
        );
      }
      await rollback.pause(WAIT_MS);
      signal.throwIfAborted();
    }
  }
}
