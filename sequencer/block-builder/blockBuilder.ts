import type { ExecutedBlock, Executor } from "../../executor/index.ts";
import type { BlockHeader, ChainConfig } from "../../protocol/index.ts";
import type { BlockCandidates } from "../mempool/types.ts";
import { nextBlockInput } from "./nextBlockInput.ts";
import { ageRule } from "./sealing/ageRule.ts";
import type { SealingRule } from "./sealing/sealingRule.ts";
import { type Selection, selectTransactions } from "./selectTransactions.ts";

export interface BlockBuilderConfig {
  chain: ChainConfig;
  /** At most one block per interval. */
  blockIntervalMs: number;
  /** An idle chain makes an empty block this often. */
  heartbeatMs: number;
  rules: SealingRule[];
}

/** Time as the builder sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface BlockBuilderDeps {
  candidates: BlockCandidates;
  executor: Executor;
  clock: Clock;
  importBlock(executed: ExecutedBlock): Promise<void>;
  onSealed(executed: ExecutedBlock, selection: Selection, buildMs: number): void;
}

export interface BlockBuilder {
  head(): { header: BlockHeader; hash: Uint8Array };
  /** Builds until the signal aborts; rejects on the first failure that it must not build past. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * The sequencer's heart: one block after the other, each executed, persisted and announced before the next is
 * chosen. Adaptive sealing: work is sealed within one interval, an idle chain only beats.
 */
export function createBlockBuilder(
  config: BlockBuilderConfig,
  deps: BlockBuilderDeps,
  start: { header: BlockHeader; hash: Uint8Array },
): BlockBuilder {
  const { candidates, clock, executor } = deps;
  const untilDue = ageRule(config.blockIntervalMs, config.heartbeatMs);
  let head = start;
  let lastSealedAt = clock.now();
  let lastTriedAt = 0;

  async function waitUntilDue(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const hasWork = candidates.executable() > 0;
      const now = clock.now();
      const heartbeatIn = untilDue({ now, lastSealedAt, hasWork: false });
      const workIn = untilDue({ now, lastSealedAt: Math.max(lastSealedAt, lastTriedAt), hasWork: true });
      const wait = hasWork ? Math.min(workIn, heartbeatIn) : heartbeatIn;
      if (wait === 0) return;
      if (hasWork) await clock.sleep(wait, signal);
      else await waitForWorkOrSleep(wait, signal);
    }
  }

  async function waitForWorkOrSleep(ms: number, signal: AbortSignal): Promise<void> {
    const first = new AbortController();
    const either = AbortSignal.any([signal, first.signal]);
    try {
      await Promise.race([candidates.waitForWork(either), clock.sleep(ms, either)]);
    } finally {
      first.abort();
    }
  }

  async function buildOne(): Promise<void> {
    const startedAt = clock.now();
    lastTriedAt = startedAt;
    const input = nextBlockInput(config.chain, head, startedAt, []);
    const selection = selectTransactions(candidates, config.rules, input.baseFeePerGas);
    // Nothing pays the base fee now: no empty block for that, only the heartbeat's.
    if (selection.transactions.length === 0 && startedAt - lastSealedAt < config.heartbeatMs) return;
    lastSealedAt = startedAt;
    const executed = await executor.execute({ ...input, transactions: selection.transactions });
    await deps.importBlock(executed);
    head = { header: executed.block.header, hash: executed.block.hash };
    deps.onSealed(executed, selection, clock.now() - startedAt);
  }

  return {
    head: () => head,
    async run(signal) {
      while (!signal.aborted) {
        await waitUntilDue(signal);
        if (!signal.aborted) await buildOne();
      }
    },
  };
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal.addEventListener("abort", finish, { once: true });
    }),
};
