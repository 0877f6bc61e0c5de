import type { ChainRules } from "../engine/chainRules.ts";
import { LaneVm } from "../engine/laneVm.ts";

/** By chain and hardfork. A thread has about as many as it has jobs at the same time. */
const idle = new Map<string, LaneVm[]>();

/** Lends a VM to `work`: making one costs more than a small block. */
export async function withLaneVm<T>(rules: ChainRules, work: (vm: LaneVm) => Promise<T>): Promise<T> {
  const key = JSON.stringify(rules);
  const vm = idle.get(key)?.pop() ?? (await LaneVm.create(rules));
  const result = await work(vm);
  // One that failed amid its work is not lent again.
  const others = idle.get(key);
  if (others === undefined) idle.set(key, [vm]);
  else others.push(vm);
  return result;
}
