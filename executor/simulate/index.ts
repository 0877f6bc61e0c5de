export { createSimulator, type SimulatorConfig } from "./createSimulator.ts";
export { ExecutionRevertedError, SimulationError } from "./errors.ts";
export type { AccessListResult, BlockEnvironment, CallRequest, CallResult, Simulator } from "./types.ts";
