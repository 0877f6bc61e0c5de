import type { ExecutedBlock, Executor } from "../../executor/index.ts";
import type { BlockHeader, BlockInput, ChainConfig } from "../../protocol/index.ts";
import type { BlockCandidates } from "../mempool/types.ts";
import { conditionFailure } from "./conditionFailure.ts";
import { nextBlockInput } from "./nextBlockInput.ts";
import { ageRule, type SealingClock } from "./sealing/ageRule.ts";
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
  /** On a development chain alone. */
  pacing?: Pacing;
}

/** Takes the pace of blocks and their environment out of the builder's hands. */
export interface Pacing {
  /** Milliseconds until a block is due, 0 for now; see ageRule. */
  untilDue(clock: SealingClock): number;
  /** Resolves when `untilDue` may answer otherwise than before, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
  /** The environment that the next block shall have, of the one that the chain's rules give. */
  adjust(input: BlockInput, parent: BlockHeader): BlockInput;
  /** A block with that environment was sealed. */
  sealed(header: BlockHeader): void;
}

/** A block and its hash: what the next one is built on. */
export interface ChainTip {
  header: BlockHeader;
  hash: Uint8Array;
}

/** What can be done between two blocks. */
export interface Bench {
  head(): ChainTip;
  /** One block of what the pool has now; when that is nothing, an empty one or none. */
  build(evenEmpty: boolean): Promise<void>;
  /** Makes a block that was executed elsewhere, on this head, part of the chain. */
  append(executed: ExecutedBlock): Promise<void>;
  /** The chain was rolled back to this block. */
  moveTo(head: ChainTip): void;
}

export interface BlockBuilder {
  head(): ChainTip;
  /** Runs `work` between two blocks: nothing is built meanwhile. Works run one after the other. */
  between<T>(work: (bench: Bench) => Promise<T>): Promise<T>;
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
  start: ChainTip,
): BlockBuilder {
  const { candidates, clock, executor, pacing } = deps;
  const untilDue = pacing?.untilDue ?? ageRule(config.blockIntervalMs, config.heartbeatMs);
  const exclusive = createTurns();
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
      if (hasWork && pacing === undefined) await clock.sleep(wait, signal);
      else await sleepOrWake(Math.min(wait, LONGEST_SLEEP_MS), hasWork, signal);
    }
  }

  async function sleepOrWake(ms: number, hasWork: boolean, signal: AbortSignal): Promise<void> {
    const first = new AbortController();
    const either = AbortSignal.any([signal, first.signal]);
    const wakes = [clock.sleep(ms, either)];
    if (!hasWork) wakes.push(candidates.waitForWork(either));
    if (pacing !== undefined) wakes.push(pacing.changed(either));
    try {
      await Promise.race(wakes);
    } finally {
      first.abort();
    }
  }

  async function buildOne(evenEmpty: (startedAt: number) => boolean): Promise<void> {
    const startedAt = clock.now();
    lastTriedAt = startedAt;
    const byRule = nextBlockInput(config.chain, head, startedAt, []);
    const input = pacing?.adjust(byRule, head.header) ?? byRule;
    const selection = selectTransactions(candidates, config.rules, input.baseFeePerGas, (condition) =>
      conditionFailure(condition, input, executor.state()),
    );
    if (selection.unmet.length > 0) await candidates.reject(selection.unmet);
    if (selection.transactions.length === 0 && !evenEmpty(startedAt)) return;
    lastSealedAt = startedAt;
    const executed = await executor.execute({ ...input, transactions: selection.transactions });
    await append(executed);
    pacing?.sealed(head.header);
    deps.onSealed(executed, selection, clock.now() - startedAt);
  }

  /** Nothing pays the base fee now: no empty block for that, only the heartbeat's. */
  const heartbeatIsDue = (now: number) => untilDue({ now, lastSealedAt, hasWork: false }) === 0;
  const isDue = (now: number) => heartbeatIsDue(now) || untilDue({ now, lastSealedAt, hasWork: true }) === 0;

  async function append(executed: ExecutedBlock): Promise<void> {
    await deps.importBlock(executed);
    head = { header: executed.block.header, hash: executed.block.hash };
  }

  const bench: Bench = {
    head: () => head,
    async build(evenEmpty) {
      await candidates.caughtUp();
      await buildOne(() => evenEmpty);
    },
    append,
    moveTo(target) {
      head = target;
    },
  };

  return {
    head: () => head,
    between: (work) => exclusive(() => work(bench)),
    async run(signal) {
      while (!signal.aborted) {
        await waitUntilDue(signal);
        // Whoever had the turn before may have built, or have stopped the building.
        await exclusive(async () => {
          if (!signal.aborted && isDue(clock.now())) await buildOne(heartbeatIsDue);
        });
      }
    },
  };
}

/** Longer than a timer can be is as long as it can be. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
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
