import type { ExecutedBlock, Executor } from "../../executor/index.ts";
import { type BlockHeader, type BlockInput, type ChainConfig, InvariantError } from "../../protocol/index.ts";
import { NO_L1_POSITION } from "../chain-store/l1Positions.ts";
import type { L1Position } from "../chain-store/types.ts";
import type { TransactionCondition } from "../mempool/index.ts";
import type { BlockCandidates } from "../mempool/types.ts";
import { conditionFailure } from "./conditionFailure.ts";
import { l1Prices } from "./l1Prices.ts";
import type { L1Source } from "./l1Source.ts";
import { nextBlockInput } from "./nextBlockInput.ts";
import { ageRule, type SealingClock } from "./sealing/ageRule.ts";
import type { SealingRule } from "./sealing/sealingRule.ts";
import { type Selection, selectTransactions } from "./selectTransactions.ts";
import { type L1Part, takeFromL1 } from "./takeFromL1.ts";

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
  importBlock(executed: ExecutedBlock, position: L1Position): Promise<void>;
  onSealed(executed: ExecutedBlock, selection: Selection, buildMs: number): void;
  /** Without it blocks take nothing from L1. */
  l1?: L1Source;
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
  /** Where it stands on L1; left out where nothing is taken from there. */
  position?: L1Position;
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
  const { candidates, clock, executor, l1, pacing } = deps;
  const untilDue = pacing?.untilDue ?? ageRule(config.blockIntervalMs, config.heartbeatMs);
  const exclusive = createTurns();
  let head = start;
  let lastSealedAt = clock.now();
  let lastTriedAt = 0;

  const position = () => head.position ?? NO_L1_POSITION;

  async function waitUntilDue(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (l1?.ready() === false) {
        await l1.changed(signal);
        continue;
      }
      const hasWork = candidates.executable() > 0 || l1?.hasMessages(position()) === true;
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
    if (!hasWork && l1 !== undefined) wakes.push(l1.changed(either));
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
    const byRule = nextBlockInput(config.chain, head, startedAt, [], l1Prices(executor.state()));
    const input = pacing?.adjust(byRule, head.header) ?? byRule;
    const part = l1 && takeFromL1(position(), await l1.next(position()), config.chain);
    const fromL1 = part?.transactions ?? [];
    const failure = (condition: TransactionCondition) => conditionFailure(condition, input, executor.state());
    const selection = selectTransactions(candidates, config.rules, input.baseFeePerGas, failure, fromL1);
    if (selection.unmet.length > 0) await candidates.reject(selection.unmet);
    const isEmpty = selection.transactions.length === 0 && (part?.messages ?? 0) === 0;
    if (isEmpty && !evenEmpty(startedAt)) return;
    lastSealedAt = startedAt;
    const whole = await executor.execute({ ...input, transactions: [...fromL1, ...selection.transactions] });
    const executed = part === undefined ? whole : await appendWithL1(whole, part);
    if (part === undefined) await append(whole);
    pacing?.sealed(head.header);
    deps.onSealed(executed, selection, clock.now() - startedAt);
  }

  /** Forced transactions that were left out are no concern of the pool, which may hold them too. */
  async function appendWithL1(executed: ExecutedBlock, part: L1Part): Promise<ExecutedBlock> {
    const own = executed.skipped.filter(({ transaction }) => !part.transactions.includes(transaction));
    const left = executed.skipped.filter((skipped) => !own.includes(skipped));
    const skipped = left.map(({ transaction, reason }) => {
      const index = part.forced.get(transaction);
      if (index === undefined) throw new InvariantError(`a deposit was left out of a block: ${reason}`);
      return { index, reason };
    });
    const transactionsFromL1 = part.transactions.length - left.length;
    const result = { ...executed, skipped: own };
    await append(result, { ...part.position, transactionsFromL1 });
    l1?.built(position(), [...part.skipped, ...skipped]);
    return result;
  }

  /** Nothing pays the base fee now: no empty block for that, only the heartbeat's. */
  const heartbeatIsDue = (now: number) => untilDue({ now, lastSealedAt, hasWork: false }) === 0;
  const isDue = (now: number) => heartbeatIsDue(now) || untilDue({ now, lastSealedAt, hasWork: true }) === 0;

  async function append(executed: ExecutedBlock, at: L1Position = position()): Promise<void> {
    await deps.importBlock(executed, at);
    head = { header: executed.block.header, hash: executed.block.hash, position: at };
  }

  const bench: Bench = {
    head: () => head,
    async build(evenEmpty) {
      await candidates.caughtUp();
      await buildOne(() => evenEmpty);
    },
    append: (executed) => append(executed),
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
