/** What should be on L1 and is not: commitments, proofs, finality, each under a key that names exactly that. */
import { bytesToHex, encodeProof } from "../../protocol/index.ts";
import type { BatchRecord } from "../chain-store/index.ts";
import type { StoredTransaction, WantedTransaction } from "../l1-transactions/index.ts";
import { commitmentOf } from "./batchCommitments.ts";
import type { PlannedBatch } from "./planPostings.ts";
import type { RollupContract, RollupState } from "./rollupContract.ts";

export interface ProvenBatch {
  batch: BatchRecord;
  data: Uint8Array;
  /** What the verifier takes. */
  proof: Uint8Array;
}

export function wantedCommit(
  rollup: RollupContract,
  { batch, posting, data }: PlannedBatch,
  urgent: boolean,
): WantedTransaction {
  return {
    key: `commit-${batch.number}-${shortHash(posting.hash)}`,
    purpose: "commit",
    batch: batch.number,
    kind: posting.kind === "blobs" ? "blobs" : "plain",
    urgent,
    call: async () => rollup.commitCall(batch, posting, data),
  };
}

export function wantedProof(
  rollup: RollupContract,
  { batch, data, proof }: ProvenBatch,
): WantedTransaction[] {
  const { posting } = batch;
  if (posting === undefined) return [];
  return [
    {
      key: `prove-${batch.number}-${shortHash(posting.hash)}`,
      purpose: "prove",
      batch: batch.number,
      kind: "plain",
      urgent: false,
      call: async () => rollup.proveCall(batch, posting, commitmentOf(batch, data).dataHash, proof),
    },
  ];
}

/** One transaction finalizes all batches up to its own; one on its way is left to arrive. */
export function wantedFinality(
  rollup: RollupContract,
  state: RollupState,
  proven: readonly BatchRecord[],
  open: readonly StoredTransaction[],
  timestamp: number,
): WantedTransaction[] {
  const due = proven.filter(
    ({ number, proof }) =>
      number > state.finalized &&
      number <= state.proven &&
      proof !== undefined &&
      proof.timestamp + state.finalizationPeriod <= timestamp,
  );
  const last = due.at(-1);
  if (last === undefined) return [];
  const flying = open.find(
    ({ purpose, batch, cancelled }) =>
      purpose === "finalize" && !cancelled && due.some(({ number }) => number === batch),
  );
  const number = flying?.batch ?? last.number;
  return [
    {
      key: `finalize-${number}`,
      purpose: "finalize",
      batch: number,
      kind: "plain",
      urgent: false,
      call: async () => rollup.finalizeCall(number),
    },
  ];
}

export function proofBytes(signatures: Parameters<typeof encodeProof>[0]): Uint8Array {
  return encodeProof(signatures);
}

function shortHash(hash: Uint8Array): string {
  return bytesToHex(hash).slice(2, 18);
}
