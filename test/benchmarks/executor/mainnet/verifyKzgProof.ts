import type { KZG } from "@ethereumjs/util";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { BraidError, bytesToBigInt, hexToBytes } from "../../../../protocol/index.ts";

const { G1, G2, fields } = bls12_381;
const { Fr, Fp12 } = fields;

/** τ·G2 of the KZG ceremony: the only point of the trusted setup that checking a proof needs (EIP-4844). */
const TAU_G2 = G2.Point.fromHex(
  "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2",
);

/**
 * `verify_kzg_proof` of EIP-4844's polynomial-commitments.md: e(C − y·G1, G2) = e(π, τ·G2 − z·G2). Both sides use it: EthereumJS
 * has no KZG of its own.
 */
function verifyKzgProof(commitment: string, z: string, y: string, proof: string): boolean {
  const scalar = (hex: string) => {
    const value = bytesToBigInt(hexToBytes(hex));
    // EthereumJS's precompile tells bad input from a wrong proof by this word.
    if (value >= Fr.ORDER) throw new BraidError("KZG_BAD_INPUT", "C_KZG_BADARGS: not a field element");
    return value;
  };
  const point = (hex: string) => {
    const parsed = G1.Point.fromBytes(hexToBytes(hex));
    parsed.assertValidity();
    return parsed;
  };
  const left = point(commitment).subtract(G1.Point.BASE.multiplyUnsafe(scalar(y)));
  const right = TAU_G2.subtract(G2.Point.BASE.multiplyUnsafe(scalar(z)));
  const pairs = [
    { g1: left, g2: G2.Point.BASE },
    { g1: point(proof).negate(), g2: right },
  ].filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
  return pairs.length === 0 || Fp12.eql(bls12_381.pairingBatch(pairs), Fp12.ONE);
}

function unavailable(): never {
  throw new BraidError("KZG_UNAVAILABLE", "executing blocks needs KZG proofs checked, never made");
}

/** What executing a block needs of EthereumJS's KZG interface. */
export const executionKzg: KZG = {
  verifyProof: verifyKzgProof,
  blobToKzgCommitment: unavailable,
  computeBlobProof: unavailable,
  verifyBlobProofBatch: unavailable,
  computeCells: unavailable,
  computeCellsAndProofs: unavailable,
  recoverCellsAndProofs: unavailable,
  verifyCellKzgProofBatch: unavailable,
};
