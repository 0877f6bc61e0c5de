import type { StateReader } from "../state/types.ts";
import { createAccessList } from "./createAccessList.ts";
import { estimateGas } from "./estimateGas.ts";
import { callGas, toMessage } from "./message.ts";
import { expectSuccess, type Runner } from "./runner.ts";
import { SimulationVm } from "./simulationVm.ts";
import type { BlockEnvironment, Simulator } from "./types.ts";

export interface SimulatorConfig {
  chainId: number;
  /** Most gas that one simulation may use. */
  gasCap?: bigint;
  /** Most time that one request may take. */
  timeoutMs?: number;
}

const DEFAULT_GAS_CAP = 50_000_000n;
const DEFAULT_TIMEOUT_MS = 5_000;

/** A simulator whose requests may run at the same time: each takes an EVM of its own from a pool. */
export function createSimulator(config: SimulatorConfig): Simulator {
  const gasCap = config.gasCap ?? DEFAULT_GAS_CAP;
  const timeoutMs = config.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const idle: SimulationVm[] = [];
  const deadline = () => performance.now() + timeoutMs;

  const runner = (state: StateReader, environment: BlockEnvironment): Runner => ({
    gasCap,
    async run(message, until) {
      const vm = idle.pop() ?? (await SimulationVm.create(config.chainId));
      try {
        return await vm.run(message, state, environment, until);
      } finally {
        idle.push(vm);
      }
    },
    async precompiles() {
      const vm = idle.pop() ?? (await SimulationVm.create(config.chainId));
      idle.push(vm);
      return vm.precompiles();
    },
  });

  return {
    async call(request, state, environment) {
      const message = toMessage(request, environment, callGas(request, state, gasCap));
      const execution = await runner(state, environment).run(message, deadline());
      expectSuccess(execution);
      return execution;
    },
    estimateGas: (request, state, environment) =>
      estimateGas(request, state, environment, runner(state, environment), deadline()),
    createAccessList: (request, state, environment) =>
      createAccessList(request, state, environment, runner(state, environment), deadline()),
  };
}
