import type { ChainRules } from "../engine/chainRules.ts";
import { LaneVm } from "../engine/laneVm.ts";
import { TracingVm } from "./tracingVm.ts";

/** What one trace runs on: the lane for what goes before, the tracing VM for what is watched. */
export interface TracingVms {
  lane: LaneVm;
  tracing: TracingVm;
}

/** VMs that nobody uses at the moment, by rules; at most as many as traces ran at the same time. */
const idle = new Map<string, TracingVms[]>();

/** A VM that an error left in the middle of a run starts clean all the same. */
export async function withTracingVms<T>(
  rules: ChainRules,
  work: (vms: TracingVms) => Promise<T>,
): Promise<T> {
  const key = JSON.stringify(rules);
  const free = idle.get(key) ?? [];
  idle.set(key, free);
  const vms = free.pop() ?? { lane: await LaneVm.create(rules), tracing: await TracingVm.create(rules) };
  try {
    return await work(vms);
  } finally {
    free.push(vms);
  }
}
