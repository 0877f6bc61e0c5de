import type { ChainRules } from "../engine/chainRules.ts";
import { StateOverlay } from "../engine/stateOverlay.ts";
import type { TimeLimit } from "../readers/timeLimit.ts";
import type { ReadDesk } from "../readers/types.ts";
import type { StateReader } from "../state/types.ts";
import { ExecutionRevertedError, SimulationError } from "./errors.ts";
import { failureWording } from "./gethWording.ts";
import type { Message } from "./message.ts";
import {
  overriddenEnvironment,
  overriddenState,
  precompileMoves,
  type SimulationEnvironment,
} from "./overrides.ts";
import { type Execution, SimulationVm } from "./simulationVm.ts";
import type { SimulationParams } from "./types.ts";

/** One request's state and block, with its overrides on, and the EVM that runs messages there. */
export interface Simulation {
  readonly vm: SimulationVm;
  readonly state: StateReader;
  readonly environment: SimulationEnvironment;
  readonly chainId: number;
  run(message: Message, reportTouched?: boolean): Promise<Execution>;
}

/** EVMs that nobody uses at the moment, by rules; at most as many as jobs ran at the same time. */
const idle = new Map<string, SimulationVm[]>();

/** Runs `work` with an EVM of these rules. One that a job left in the middle of a run starts clean all the same. */
async function withVm<T>(rules: ChainRules, work: (vm: SimulationVm) => Promise<T>): Promise<T> {
  const key = JSON.stringify(rules);
  const free = idle.get(key) ?? [];
  idle.set(key, free);
  const vm = free.pop() ?? (await SimulationVm.create(rules));
  try {
    return await work(vm);
  } finally {
    free.push(vm);
  }
}

/** Opens the scene, lays the overrides over it and runs `work` there. */
export function withSimulation<T>(
  desk: ReadDesk,
  params: SimulationParams,
  work: (simulation: Simulation) => Promise<T>,
): Promise<T> {
  const { scene, stateOverrides = [], blockOverrides } = params;
  const { rules } = scene;
  return withVm(rules, async (plain) => {
    const environment = overriddenEnvironment(scene.environment, blockOverrides);
    const moves = precompileMoves(stateOverrides, (address) => plain.isPrecompile(address));
    const vm = moves.removed.length === 0 ? plain : await SimulationVm.create(rules, { moves });
    const state = overriddenState(desk.open(scene.state), stateOverrides);
    return work(simulationOn(vm, state, environment, rules.chainId, desk.limit));
  });
}

export function simulationOn(
  vm: SimulationVm,
  state: StateReader,
  environment: SimulationEnvironment,
  chainId: number,
  limit: TimeLimit,
): Simulation {
  const overlay = new StateOverlay(state);
  return {
    vm,
    state,
    environment,
    chainId,
    run: (message, reportTouched = false) => vm.run(message, overlay, environment, limit, reportTouched),
  };
}

/** Throws what a caller is told about a failed execution. */
export function expectSuccess(execution: Execution): void {
  const { failure, fault, returnData } = execution;
  if (failure === undefined) return;
  if (failure === "revert") throw new ExecutionRevertedError(returnData);
  throw new SimulationError("EXECUTION_FAILED", failureWording(failure, fault));
}
