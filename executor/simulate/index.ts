export * from "./blocks/index.ts";
export { checksumAddress } from "./checksumAddress.ts";
export { ExecutionRevertedError, revertReason, SimulationError } from "./errors.ts";
export { gethWording } from "./gethWording.ts";
export {
  type AccountOverride,
  type BlockOverrides,
  overriddenEnvironment,
  overriddenState,
  overridesToDiff,
  type PrecompileMoves,
  precompileMoves,
  type SimulationEnvironment,
  type SlotOverride,
} from "./overrides.ts";
export type { AccessListResult, CallRequest, CallResult, SimulationParams } from "./types.ts";
