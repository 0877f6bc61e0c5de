import type { FootprintSource } from "../types.ts";
import { components, dependencies } from "./dependencies.ts";
import { accountChanges, type Footprint, footprintOf, joinUnknown, runsCode } from "./footprint.ts";
import { FootprintMemory } from "./footprintMemory.ts";
import { GasHistory } from "./gasHistory.ts";
import type { Key } from "./keys.ts";
import { packLanes } from "./packLanes.ts";
import { PlanGate } from "./planGate.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import { transactionKeys } from "./transactionKeys.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** Lane 0 is the coordinator: its transactions run at their place while the block is put together. */
export const COORDINATOR_LANE = 0;

export interface Plan {
  /** The lane that answers for each transaction, by index. */
  laneOf: number[];
  /** What each lane runs, in block order; what another lane answers for is a rehearsal. `lanes[0]` is the coordinator's. */
  lanes: number[][];
  /** By lane: transactions whose sender's earlier ones are not all on the lane: they run as if those had been run. */
  assumesNonce: ReadonlySet<number>[];
  /** By lane: transactions that later ones of the lane need. */
  builtOn?: ReadonlySet<number>[];
  /** Where each footprint came from. */
  sources: FootprintSource[];
}

export interface PlanOptions {
  /** Lanes at hand, the coordinator among them. */
  lanes: number;
  /**
   * Blocks whose estimated work is below it run in one lane. Microseconds. At 0 lanes are used whenever there is
   * something to share out, gain or not.
   */
  inlineBelowMicros: number;
  /** By transaction: locations that stand beside it and count as declared. */
  hints?: (LaneTransaction["accessList"] | undefined)[];
}

/** What earlier blocks have shown. */
export interface PlanKnowledge {
  history: GasHistory;
  memory: FootprintMemory;
  gate: PlanGate;
}

export function noKnowledge(): PlanKnowledge {
  return { history: new GasHistory(), memory: new FootprintMemory(), gate: new PlanGate() };
}

/** Estimated cost in microseconds, measured on one core (docs/parallel-execution.md). */
const VM_RUN_MICROS = 20;
const GAS_PER_MICRO = 320;
const TRANSFER_MICROS = 8;
const LANE_OVERHEAD_MICROS = 10;
const COORDINATOR_OVERHEAD_MICROS = 12;
/** Lanes must promise at least this share of the time to be worth their trouble. */
const WORTHWHILE = 0.9;

/**
 * Shares a block out to lanes that should not need each other's results.
 *
 * A plan is only ever a guess. It decides speed, never results: whatever it overlooks, validation finds.
 */
export function planBlock(
  transactions: LaneTransaction[],
  overlay: StateOverlay,
  { history, memory, gate }: PlanKnowledge,
  options: PlanOptions,
): Plan {
  const inline = planOf(transactions.map(() => COORDINATOR_LANE));
  if (options.lanes < 2 || transactions.length < 2) return inline;
  const weights = transactions.map((transaction) => estimateMicros(transaction, overlay, history));
  const members = weights.flatMap((weight, index) => (weight > 0 ? index : []));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total < options.inlineBelowMicros || members.length < 2) return inline;
  const forced = options.inlineBelowMicros === 0;
  if (!forced && !gate.opens()) return inline;
  const changes = accountChanges(transactions);
  const footprints = transactions.map((transaction, index): Footprint | undefined =>
    (weights[index] ?? 0) === 0
      ? undefined
      : footprintOf(transaction, options.hints?.[index], memory, changes),
  );
  joinUnknown(transactions, footprints);
  const sources = footprints.map((footprint) => footprint?.source ?? "implied");
  const needs = dependencies(footprints);
  const groups = components(needs, members);
  if (groups.length < 2 && groups[0] === undefined) return { ...inline, sources };
  const transfers = (transactions.length - members.length) * TRANSFER_MICROS;
  const packed = packLanes(groups, needs, options.lanes, {
    weights,
    coordinatorLoad: transfers,
    laneOverhead: LANE_OVERHEAD_MICROS,
    coordinatorOverhead: COORDINATOR_OVERHEAD_MICROS,
  });
  const worthwhile = packed.makespan <= WORTHWHILE * (total + transfers);
  gate.note(worthwhile);
  if (!worthwhile && !forced) return { ...inline, sources };
  const laneOf = packed.laneOf.map((lane) => (lane === -1 ? COORDINATOR_LANE : lane));
  const builtOn = packed.lanes.map((indexes) => neededBy(indexes, needs));
  return { ...finishPlan(transactions, laneOf, packed.lanes), builtOn, sources };
}

/** The plan that puts each transaction on the lane named for it; for tests, which may name any. */
export function planOf(laneOf: number[], assumes: ReadonlySet<number> = new Set()): Plan {
  const lanes: number[][] = [];
  for (const [index, lane] of laneOf.entries()) {
    while (lanes.length <= lane) lanes.push([]);
    lanes[lane]?.push(index);
  }
  return { laneOf, lanes, assumesNonce: lanes.map(() => assumes), sources: laneOf.map(() => "implied") };
}

const NONE: ReadonlySet<number> = new Set();

/** Those of a lane whose sender has sent more before them than the lane has seen. */
function assumingNonces(
  transactions: LaneTransaction[],
  indexes: readonly number[],
  sentBefore: readonly number[],
): Set<number> {
  const onLane = new Map<Key, number>();
  const assumes = new Set<number>();
  for (const index of indexes) {
    const transaction = transactions[index];
    if (transaction === undefined) continue;
    const { sender } = transactionKeys(transaction);
    const seen = onLane.get(sender) ?? 0;
    if (transaction.deposit === undefined && seen !== sentBefore[index]) assumes.add(index);
    onLane.set(sender, seen + 1);
  }
  return assumes;
}

function neededBy(indexes: readonly number[], needs: readonly number[][]): Set<number> {
  const needed = new Set<number>();
  for (const index of indexes) for (const earlier of needs[index] ?? []) needed.add(earlier);
  return needed;
}

function finishPlan(
  transactions: LaneTransaction[],
  laneOf: number[],
  packed: number[][],
): Omit<Plan, "sources"> {
  const sent = new Map<Key, number>();
  const sentBefore = transactions.map((transaction) => {
    const { sender } = transactionKeys(transaction);
    const before = sent.get(sender) ?? 0;
    sent.set(sender, before + 1);
    return before;
  });
  const once = sent.size === transactions.length;
  const assumesNonce = packed.map((indexes) =>
    once ? NONE : assumingNonces(transactions, indexes, sentBefore),
  );
  const lanes = packed.map((indexes, lane) => (lane === COORDINATOR_LANE ? [] : indexes));
  lanes[COORDINATOR_LANE] = laneOf.flatMap((lane, index) => (lane === COORDINATOR_LANE ? index : []));
  return { laneOf, lanes, assumesNonce };
}

/** 0 for what needs no interpreter. */
function estimateMicros(transaction: LaneTransaction, overlay: StateOverlay, history: GasHistory): number {
  const { to, sender } = transactionKeys(transaction);
  const code = to === undefined || transaction.type > 2 || runsCode(to, overlay) || runsCode(sender, overlay);
  return code ? VM_RUN_MICROS + history.estimate(transaction) / GAS_PER_MICRO : 0;
}
