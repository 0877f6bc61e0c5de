export {
  type BatchCommitment,
  blobsDataHash,
  calldataHash,
  commitmentHash,
  genesisCommitment,
  type SettlementHeader,
} from "./batchCommitment.ts";
export { forcedTransaction } from "./forcedTransaction.ts";
export { depositMessageHash, forcedMessageHash, type MessagePlace, rollMessage } from "./l1Messages.ts";
export { outputRoot } from "./outputRoot.ts";
export {
  type BatchMessage,
  type BatchWitness,
  type BlockClaim,
  PROOF_INPUT_LIMITS,
  type ProofBatch,
  type ProofInput,
  type TransactionClaim,
} from "./proofInput.ts";
export { decodeProofInput, encodeProofInput } from "./proofInputCodec.ts";
export {
  decodeProofFailure,
  encodeProofFailure,
  type ProofFailure,
  type ProofJob,
  type ProofJobResult,
  type ProofRefusal,
  proofInputKey,
  proofJobId,
  proofQueueName,
} from "./proofJob.ts";
export {
  batchProofDigest,
  encodeProof,
  type ProofSignature,
  publicInputsHash,
  type RollupId,
} from "./publicInputs.ts";
