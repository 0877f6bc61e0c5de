import { contractAddress } from "../../protocol/index.ts";
import { hasCode } from "./access.ts";
import { authorities } from "./authorities.ts";
import type { GasHistory } from "./gasHistory.ts";
import { type Key, keyOf } from "./keys.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** Lane 0 is the coordinator: its transactions run at their place while the block is put together. */
export const COORDINATOR_LANE = 0;

/** Stands for "somewhere in this contract" in the footprint of a call that declares nothing. */
const UNDECLARED = "*";

export interface Plan {
  /** Lane of each transaction, by index. */
  laneOf: number[];
  /** Indexes by lane, in block order; `lanes[0]` is the coordinator's. */
  lanes: number[][];
  /** Transactions whose sender's earlier ones may be on other lanes: they run as if those had been run. */
  assumesNonce: ReadonlySet<number>;
}

export interface PlanOptions {
  /** Worker lanes at hand. */
  lanes: number;
  /** Blocks whose estimated work is below it run in one lane, inline. Microseconds. */
  inlineBelowMicros: number;
}

/** Estimated cost in microseconds: a run of the VM without its gas, gas per microsecond. Transfers count as nothing. */
const VM_RUN_MICROS = 60;
const GAS_PER_MICRO = 150;

/**
 * Cuts a block into lanes that should not disturb each other: transactions that share a location belong together
 * (union-find), and the groups are packed largest first onto the emptiest lane.
 *
 * A plan is only ever a guess. It decides speed, never results: whatever it overlooks, validation finds.
 *
 * Groups of mere transfers stay with the coordinator: two accounts' arithmetic costs less than a message.
 */
export function planBlock(
  transactions: LaneTransaction[],
  overlay: StateOverlay,
  history: GasHistory,
  options: PlanOptions,
): Plan {
  const inline = planOf(transactions.map(() => COORDINATOR_LANE));
  if (options.lanes < 2 || transactions.length < 2) return inline;
  const weights = transactions.map((transaction) => estimateMicros(transaction, overlay, history));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0 || total < options.inlineBelowMicros) return inline;
  const paid = paidContracts(transactions, overlay);
  const footprints = transactions.map((transaction) => footprint(transaction, overlay, paid));
  const groups = groupByLocation(footprints).filter((group) => group.some((i) => (weights[i] ?? 0) > 0));
  const weighed = groups
    .map((group) => ({ group, weight: group.reduce((sum, i) => sum + (weights[i] ?? 0), 0) }))
    .sort((a, b) => b.weight - a.weight || (a.group[0] ?? 0) - (b.group[0] ?? 0));
  if (weighed.length < 2) return inline;
  return pack(transactions.length, weighed, options.lanes);
}

function pack(count: number, weighed: { group: number[]; weight: number }[], laneCount: number): Plan {
  const laneOf = new Array<number>(count).fill(COORDINATOR_LANE);
  const loads = new Array<number>(laneCount).fill(0);
  for (const { group, weight } of weighed) {
    let lightest = 0;
    for (let lane = 1; lane < laneCount; lane++) {
      if ((loads[lane] ?? 0) < (loads[lightest] ?? 0)) lightest = lane;
    }
    loads[lightest] = (loads[lightest] ?? 0) + weight;
    for (const index of group) laneOf[index] = lightest + 1;
  }
  return planOf(laneOf);
}

/** The plan that puts each transaction on the lane named for it. */
export function planOf(laneOf: number[], assumesNonce: ReadonlySet<number> = new Set()): Plan {
  const lanes: number[][] = [];
  for (const [index, lane] of laneOf.entries()) {
    while (lanes.length <= lane) lanes.push([]);
    lanes[lane]?.push(index);
  }
  return { laneOf, lanes, assumesNonce };
}

function estimateMicros(transaction: LaneTransaction, overlay: StateOverlay, history: GasHistory): number {
  const { to, sender, type } = transaction;
  const code =
    to === undefined || type === 4 || runsCode(keyOf(to), overlay) || runsCode(keyOf(sender), overlay);
  return code ? VM_RUN_MICROS + history.estimate(transaction) / GAS_PER_MICRO : 0;
}

/** Contracts that are sent value: whoever calls them reads an account whose balance changes. */
function paidContracts(transactions: LaneTransaction[], overlay: StateOverlay): Set<Key> {
  const paid = new Set<Key>();
  for (const { to, value } of transactions) {
    if (to === undefined || value === 0n) continue;
    const key = keyOf(to);
    if (runsCode(key, overlay)) paid.add(key);
  }
  return paid;
}

function runsCode(key: Key, overlay: StateOverlay): boolean {
  const record = overlay.account(key);
  return record !== undefined && hasCode(record);
}

/**
 * Declared and implied locations. An account is its key, a slot the account's key and its own. Calls of one contract that
 * declare nothing are kept together, apart from those that do: what they really share is found by validation.
 */
function footprint(transaction: LaneTransaction, overlay: StateOverlay, paid: Set<Key>): Key[] {
  const { to, sender, accessList } = transaction;
  const locations: Key[] = [keyOf(sender)];
  if (to === undefined) {
    locations.push(keyOf(contractAddress(sender, transaction.nonce)));
  } else {
    const key = keyOf(to);
    if (paid.has(key) || !runsCode(key, overlay)) locations.push(key);
    else if (accessList.length === 0) locations.push(key + UNDECLARED);
  }
  for (const { address, storageKeys } of accessList) {
    const key = keyOf(address);
    if (paid.has(key)) locations.push(key);
    else if (storageKeys.length > 0) for (const slot of storageKeys) locations.push(key + keyOf(slot));
    else if (!runsCode(key, overlay)) locations.push(key);
  }
  for (const authority of authorities(transaction)) locations.push(keyOf(authority));
  return locations;
}

function groupByLocation(footprints: Key[][]): number[][] {
  const parent = footprints.map((_, i) => i);
  const find = (i: number): number => {
    let root = i;
    for (let up = parent[root] ?? root; up !== root; up = parent[root] ?? root) root = up;
    for (let at = i; at !== root; ) {
      const up = parent[at] ?? root;
      parent[at] = root;
      at = up;
    }
    return root;
  };
  const first = new Map<Key, number>();
  for (const [index, locations] of footprints.entries()) {
    for (const location of locations) {
      const earlier = first.get(location);
      if (earlier === undefined) first.set(location, index);
      else parent[find(index)] = find(earlier);
    }
  }
  const groups = new Map<number, number[]>();
  for (let i = 0; i < footprints.length; i++) {
    const root = find(i);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [i]);
    else group.push(i);
  }
  return [...groups.values()];
}
