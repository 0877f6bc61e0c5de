export { blockClaim } from "./blockClaim.ts";
export {
  type BuildWitnessOptions,
  type BuiltWitness,
  buildBatchWitness,
  type WitnessBlock,
  type WitnessLocation,
} from "./buildBatchWitness.ts";
export { WitnessTooLargeError } from "./recordingSource.ts";
export { WitnessIncompleteError, WitnessNodes } from "./witnessNodes.ts";
