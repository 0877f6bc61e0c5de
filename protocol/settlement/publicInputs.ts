import { keccak256 } from "../crypto/keccak256.ts";
import { InvariantError } from "../errors.ts";
import { hashWords } from "./abiWords.ts";
import { type BatchCommitment, commitmentHash } from "./batchCommitment.ts";

/** Names the rollup that a proof is for. */
export interface RollupId {
  /** Of L1. */
  chainId: number;
  /** 20 bytes. */
  address: Uint8Array;
}

/** `Rollup.hashPublicInputs`: all that a proof of a batch is about. */
export function publicInputsHash(
  rollup: RollupId,
  batch: BatchCommitment,
  previousStateRoot: Uint8Array,
): Uint8Array {
  const { header, rollingHash } = batch;
  return hashWords([
    rollup.chainId,
    rollup.address,
    header.previousHash,
    commitmentHash(batch),
    previousStateRoot,
    header.postStateRoot,
    header.outputRoot,
    header.l1OriginNumber,
    header.l1OriginHash,
    rollingHash,
  ]);
}

const text = (value: string) => keccak256(new TextEncoder().encode(value));
const DOMAIN_TYPE = text(
  "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
);
const DOMAIN_NAME = text("Braid AttestationVerifier");
const DOMAIN_VERSION = text("1");
const BATCH_PROOF_TYPE = text("BatchProof(bytes32 publicInputs)");

/** What a prover signs (EIP-712), as `AttestationVerifier.hashBatchProof` computes it. `verifier`: 20 bytes. */
export function batchProofDigest(
  publicInputs: Uint8Array,
  verifier: { chainId: number; address: Uint8Array },
): Uint8Array {
  const domain = hashWords([DOMAIN_TYPE, DOMAIN_NAME, DOMAIN_VERSION, verifier.chainId, verifier.address]);
  const struct = hashWords([BATCH_PROOF_TYPE, publicInputs]);
  return keccak256(Buffer.concat([Uint8Array.of(0x19, 0x01), domain, struct]));
}

/** One prover's word. */
export interface ProofSignature {
  /** 20 bytes. */
  signer: Uint8Array;
  /** 65 bytes: r ‖ s ‖ v, v = 27 or 28. */
  signature: Uint8Array;
}

/** What `AttestationVerifier.verify` takes: signatures end to end, by their signers ascending, none twice. */
export function encodeProof(signatures: readonly ProofSignature[]): Uint8Array {
  const sorted = [...signatures].sort((a, b) => Buffer.compare(a.signer, b.signer));
  for (const [index, { signer, signature }] of sorted.entries()) {
    if (signature.length !== 65)
      throw new InvariantError(`a signature has ${signature.length} bytes, not 65`);
    const before = sorted[index - 1];
    if (before !== undefined && Buffer.compare(before.signer, signer) === 0) {
      throw new InvariantError("one prover signed twice");
    }
  }
  return new Uint8Array(Buffer.concat(sorted.map(({ signature }) => signature)));
}
