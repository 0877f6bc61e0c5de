export type { HashBlobs } from "./checkInput.ts";
export {
  createProver,
  type Proof,
  type ProveOptions,
  type Prover,
  type ProverOptions,
} from "./createProver.ts";
export { ProofRefusedError } from "./proofRefusedError.ts";
export { type RunningProver, type StartProverDeps, startProver } from "./startProver.ts";
export { WitnessGapError } from "./witnessGapError.ts";
