/** Rebuilds the L2 chain from L1 data alone, and says where it differs: docs/verifier.md. */
export * from "./archive/index.ts";
export { anvilBlobs } from "./blobs/anvilBlobs.ts";
export { archiveBlobs } from "./blobs/archiveBlobs.ts";
export { beaconBlobs } from "./blobs/beaconBlobs.ts";
export { directoryBlobs } from "./blobs/directoryBlobs.ts";
export { createVerifier } from "./createVerifier.ts";
export { type Difference, DifferenceError } from "./differenceError.ts";
export * from "./export/index.ts";
export { stateDirOf } from "./openChain.ts";
export type {
  BlobSource,
  BlockPlace,
  BlockSink,
  L1Batch,
  VerifiedChain,
  Verifier,
  VerifierOptions,
  VerifyProgress,
  VerifyReport,
} from "./types.ts";
export { L1UnavailableError, VerifierError } from "./verifierError.ts";
