import { contractAddress, type Transaction } from "../../protocol/index.ts";
import { hasCode } from "./access.ts";
import { authorities } from "./authorities.ts";
import type { GasHistory } from "./gasHistory.ts";
import { type Key, keyOf } from "./keys.ts";
import type { StateOverlay } from "./stateOverlay.ts";

/** Lane 0 is the coordinator: its transactions run at their place while the block is put together. */
export const COORDINATOR_LANE = 0;

export interface Plan {
  /** Lane of each transaction, by index. */
  laneOf: number[];
  /** Indexes by lane, in block order; `lanes[0]` is the coordinator's. */
  lanes: number[][];
}

export interface PlanOptions {
  /** Worker lanes at hand. */
  lanes: number;
  /** Blocks whose estimated work is below it run in one lane, inline. Microseconds. */
  inlineBelowMicros: number;
}

/** Estimated cost in microseconds: a transfer without code, a run of the VM without its gas, gas per microsecond. */
const TRANSFER_MICROS = 5;
const VM_RUN_MICROS = 60;
const GAS_PER_MICRO = 150;

interface Footprint {
  locations: Key[];
  runsCode: boolean;
}

/**
 * Cuts a block into lanes that should not disturb each other: transactions that share a location belong together
 * (union-find), and the groups are packed largest first onto the emptiest lane.
 *
 * A plan is only ever a guess. It decides speed, never results: whatever it overlooks, validation finds.
 *
 * Groups of mere transfers stay with the coordinator: two accounts' arithmetic costs less than a message.
 */
export function planBlock(
  transactions: Transaction[],
  overlay: StateOverlay,
  history: GasHistory,
  options: PlanOptions,
): Plan {
  const inline = planOf(transactions.map(() => COORDINATOR_LANE));
  if (options.lanes < 2 || transactions.length < 2) return inline;
  const whole = wholeContracts(transactions, overlay);
  const footprints = transactions.map((transaction) => footprint(transaction, overlay, whole));
  const weights = transactions.map((transaction, i) =>
    footprints[i]?.runsCode === true
      ? VM_RUN_MICROS + history.estimate(transaction) / GAS_PER_MICRO
      : TRANSFER_MICROS,
  );
  const groups = groupByLocation(footprints).filter((group) => group.some((i) => footprints[i]?.runsCode));
  const weighed = groups
    .map((group) => ({ group, weight: group.reduce((sum, i) => sum + (weights[i] ?? 0), 0) }))
    .sort((a, b) => b.weight - a.weight || (a.group[0] ?? 0) - (b.group[0] ?? 0));
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  if (weighed.length < 2 || total < options.inlineBelowMicros) return inline;
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
export function planOf(laneOf: number[]): Plan {
  const lanes: number[][] = [];
  for (const [index, lane] of laneOf.entries()) {
    while (lanes.length <= lane) lanes.push([]);
    lanes[lane]?.push(index);
  }
  return { laneOf, lanes };
}

/** Contracts that somebody may touch anywhere (nothing declared) or whose balance somebody changes. */
function wholeContracts(transactions: Transaction[], overlay: StateOverlay): Set<Key> {
  const whole = new Set<Key>();
  for (const { to, value, accessList } of transactions) {
    if (to === undefined) continue;
    const key = keyOf(to);
    if (!runsCode(key, overlay)) continue;
    if (value > 0n || accessList.length === 0) whole.add(key);
  }
  return whole;
}

function runsCode(key: Key, overlay: StateOverlay): boolean {
  const record = overlay.account(key);
  return record !== undefined && hasCode(record);
}

/** Declared and implied locations. An account is its key, a slot the account's key and its own. */
function footprint(transaction: Transaction, overlay: StateOverlay, whole: Set<Key>): Footprint {
  const { to, sender, value, accessList } = transaction;
  const locations: Key[] = [keyOf(sender)];
  if (to === undefined) {
    locations.push(keyOf(contractAddress(sender, transaction.nonce)));
  } else {
    const key = keyOf(to);
    if (value > 0n || whole.has(key) || !runsCode(key, overlay)) locations.push(key);
  }
  for (const { address, storageKeys } of accessList) {
    const key = keyOf(address);
    if (whole.has(key)) locations.push(key);
    else if (storageKeys.length > 0) for (const slot of storageKeys) locations.push(key + keyOf(slot));
    else if (!runsCode(key, overlay)) locations.push(key);
  }
  for (const authority of authorities(transaction)) locations.push(keyOf(authority));
  const code =
    to === undefined ||
    runsCode(keyOf(to), overlay) ||
    transaction.type === 4 ||
    runsCode(keyOf(sender), overlay);
  return { locations, runsCode: code };
}

function groupByLocation(footprints: Footprint[]): number[][] {
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
  for (const [index, { locations }] of footprints.entries()) {
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
