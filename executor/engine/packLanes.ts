/** What putting transactions on lanes costs, in microseconds. */
export interface PackCosts {
  /** Running each transaction, by index. */
  weights: readonly number[];
  /** Work that the coordinator, lane 0, has in any case. */
  coordinatorLoad: number;
  /** What a transaction on another lane costs that lane and the coordinator on top: messages, validation. */
  laneOverhead: number;
  coordinatorOverhead: number;
}

export interface PackedLanes {
  /** The lane that answers for a transaction; -1 where nobody was asked to place it. */
  laneOf: number[];
  /** What each lane runs, in block order, rehearsals included. */
  lanes: number[][];
  /** Estimated time until all lanes have run, microseconds. */
  makespan: number;
}

/** Larger groups are not cut: finding out how takes time that is then missing. */
const MAX_SPLIT_SIZE = 512;

/** A group heavier than this share of a lane's fair load decides how well the lanes balance. */
const HEAVY_SHARE = 0.25;

interface Weighed {
  group: readonly number[];
  weight: number;
}

/**
 * Puts groups of transactions on lanes: the heavy ones first, heaviest first, each on the lane that will be done with
 * it earliest; then the light ones, in block order. Of those the coordinator takes the first: it puts the block together
 * in order and would only wait for the lanes at the block's start, and by the time it needs the rest they are done.
 *
 * A group heavier than a fair share is cut along its dependencies, longest tail first. Lanes never wait for one
 * another: a lane that needs what a transaction of another lane leaves behind runs that transaction too, for itself (a
 * rehearsal). Near the root of a group that is cheap; where it is not, the transaction stays with those it needs.
 */
export function packLanes(
  groups: readonly number[][],
  needs: readonly number[][],
  laneCount: number,
  costs: PackCosts,
): PackedLanes {
  const packer = new Packer(needs, laneCount, costs);
  const weighed = groups.map((group): Weighed => {
    const weight = group.reduce((sum, index) => sum + (costs.weights[index] ?? 0), 0);
    return { group, weight };
  });
  const fair = weighed.reduce((sum, { weight }) => sum + weight, costs.coordinatorLoad) / laneCount;
  const heavy = weighed.filter(({ weight }) => weight > fair * HEAVY_SHARE);
  heavy.sort((a, b) => b.weight - a.weight || (a.group[0] ?? 0) - (b.group[0] ?? 0));
  for (const { group, weight } of heavy) {
    const tooHeavy = weight > fair && group.length > 1 && group.length <= MAX_SPLIT_SIZE;
    if (tooHeavy) packer.placeApart(group);
    else packer.placeTogether(group, weight);
  }
  packer.placeInOrder(weighed.filter(({ weight }) => weight <= fair * HEAVY_SHARE));
  return packer.finish();
}

class Packer {
  private readonly needs: readonly number[][];
  private readonly costs: PackCosts;
  private readonly loads: number[];
  private readonly runs: Set<number>[];
  private readonly laneOf: number[];

  constructor(needs: readonly number[][], laneCount: number, costs: PackCosts) {
    this.needs = needs;
    this.costs = costs;
    this.loads = new Array<number>(laneCount).fill(0);
    this.loads[0] = costs.coordinatorLoad;
    this.runs = Array.from({ length: laneCount }, () => new Set<number>());
    this.laneOf = new Array<number>(needs.length).fill(-1);
  }

  placeTogether(group: readonly number[], weight: number, firstLane = 0): void {
    const { laneOverhead } = this.costs;
    const cost = (candidate: number) => weight + (candidate === 0 ? 0 : laneOverhead * group.length);
    const lane = this.earliest(cost, firstLane);
    for (const index of group) this.put(index, lane);
  }

  /** Lane 0 takes them as long as it would not be the last to be done with its share; the others share the rest. */
  placeInOrder(groups: readonly Weighed[]): void {
    const { laneOverhead, coordinatorOverhead } = this.costs;
    const inOrder = [...groups].sort((a, b) => (a.group[0] ?? 0) - (b.group[0] ?? 0));
    let restWeight = inOrder.reduce((sum, { weight }) => sum + weight, 0);
    let restCount = inOrder.reduce((sum, { group }) => sum + group.length, 0);
    const others = this.loads.length - 1;
    for (const { group, weight } of inOrder) {
      restWeight -= weight;
      restCount -= group.length;
      const elsewhere = this.loads.reduce((sum, load) => sum + load, 0) - (this.loads[0] ?? 0);
      const othersEnd = (elsewhere + restWeight + laneOverhead * restCount) / Math.max(1, others);
      const ownEnd = (this.loads[0] ?? 0) + weight + coordinatorOverhead * restCount;
      if (others === 0 || ownEnd <= othersEnd) for (const index of group) this.put(index, 0);
      else this.placeTogether(group, weight, 1);
    }
  }

  placeApart(group: readonly number[]): void {
    const tails = this.tails(group);
    const order = [...group].sort((a, b) => (tails.get(b) ?? 0) - (tails.get(a) ?? 0) || a - b);
    for (const index of order) {
      if (this.laneOf[index] !== -1) continue;
      const closure = this.closure(index);
      const lane = this.earliest((candidate) => this.costOf(closure, candidate));
      for (const member of closure) this.put(member, lane);
    }
  }

  finish(): PackedLanes {
    return {
      laneOf: this.laneOf,
      lanes: this.runs.map((indexes) => [...indexes].sort((a, b) => a - b)),
      makespan: Math.max(...this.loads),
    };
  }

  private earliest(cost: (lane: number) => number, firstLane = 0): number {
    let best = firstLane;
    let bestEnd = Number.POSITIVE_INFINITY;
    for (let lane = firstLane; lane < this.loads.length; lane++) {
      const end = (this.loads[lane] ?? 0) + cost(lane);
      if (end < bestEnd) {
        bestEnd = end;
        best = lane;
      }
    }
    return best;
  }

  private costOf(indexes: readonly number[], lane: number): number {
    let cost = 0;
    for (const index of indexes) {
      if (this.isThere(index, lane)) continue;
      cost += (this.costs.weights[index] ?? 0) + (lane === 0 ? 0 : this.costs.laneOverhead);
    }
    return cost;
  }

  private put(index: number, lane: number): void {
    if (this.isThere(index, lane)) return;
    this.loads[lane] = (this.loads[lane] ?? 0) + this.costOf([index], lane);
    this.runs[lane]?.add(index);
    if (this.laneOf[index] !== -1) return;
    this.laneOf[index] = lane;
    if (lane !== 0) this.loads[0] = (this.loads[0] ?? 0) + this.costs.coordinatorOverhead;
  }

  /** The coordinator has everybody's results at hand and rehearses nothing. */
  private isThere(index: number, lane: number): boolean {
    return this.runs[lane]?.has(index) === true || (lane === 0 && this.laneOf[index] !== -1);
  }

  /** The transaction and all that it needs, directly or not. */
  private closure(index: number): number[] {
    const found = new Set<number>([index]);
    for (const member of found) for (const needed of this.needs[member] ?? []) found.add(needed);
    return [...found];
  }

  /** Weight of the heaviest chain that starts with each transaction of the group. */
  private tails(group: readonly number[]): Map<number, number> {
    const tails = new Map<number, number>(group.map((index) => [index, this.costs.weights[index] ?? 0]));
    for (let at = group.length - 1; at >= 0; at--) {
      const index = group[at] ?? 0;
      const tail = tails.get(index) ?? 0;
      for (const needed of this.needs[index] ?? []) {
        const through = tail + (this.costs.weights[needed] ?? 0);
        if (through > (tails.get(needed) ?? 0)) tails.set(needed, through);
      }
    }
    return tails;
  }
}
