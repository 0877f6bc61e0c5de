import { ExecutionRevertedError, SimulationError } from "./errors.ts";
import { gethWording } from "./gethWording.ts";
import type { Message } from "./message.ts";
import type { Execution } from "./simulationVm.ts";

/** Runs messages; what `estimateGas` and `createAccessList` repeat until they know enough. */
export interface Runner {
  readonly gasCap: bigint;
  run(message: Message, deadline: number): Promise<Execution>;
  precompiles(): Promise<Set<string>>;
}

/** Throws what a caller is told about a failed execution. */
export function expectSuccess(execution: Execution): void {
  if (execution.failure === undefined) return;
  if (execution.failure === "revert") throw new ExecutionRevertedError(execution.returnData);
  throw new SimulationError("EXECUTION_FAILED", gethWording(execution.failure));
}
