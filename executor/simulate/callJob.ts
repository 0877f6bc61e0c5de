import type { ReadDesk } from "../readers/types.ts";
import { MessageRefusedError } from "./checkMessage.ts";
import { SimulationError } from "./errors.ts";
import { toMessage } from "./message.ts";
import { expectSuccess, type Simulation, withSimulation } from "./simulation.ts";
import type { CallResult, SimulationParams } from "./types.ts";

/** `eth_call`. Failures are thrown as geth words them. */
export function callJob(desk: ReadDesk, params: SimulationParams): Promise<CallResult> {
  return withSimulation(desk, params, (simulation) => call(simulation, params));
}

export async function call(
  simulation: Simulation,
  { request, gasCap }: Pick<SimulationParams, "request" | "gasCap">,
): Promise<CallResult> {
  const message = toMessage(request, simulation.environment, simulation.chainId, gasCap);
  try {
    const execution = await simulation.run(message);
    expectSuccess(execution);
    const { returnData, gasUsed, logs } = execution;
    return { returnData, gasUsed, logs };
  } catch (error) {
    if (!(error instanceof MessageRefusedError)) throw error;
    throw new SimulationError(error.code, `err: ${error.message} (supplied gas ${message.gas})`);
  }
}
