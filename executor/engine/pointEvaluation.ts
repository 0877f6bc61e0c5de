import { bls12_381 } from "@noble/curves/bls12-381.js";
import { BraidError, hexToBytes } from "../../protocol/index.ts";

/**
 * [τ]₂ of Ethereum's KZG ceremony (consensus-specs, trusted_setup_4096.json, g2_monomial[1]): all that checking one
 * evaluation needs of the set-up.
 */
const TAU_G2 = bls12_381.G2.Point.fromHex(
  "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72" +
    "185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2",
);

/** EthereumJS tells malformed input from a wrong proof by this word. */
const BAD_ARGUMENTS = "C_KZG_BADARGS";

class PointEvaluationError extends BraidError {
  constructor(what: string, cause?: unknown) {
    super("KZG_INPUT", `${BAD_ARGUMENTS}: ${what}`, { cause });
  }
}

/** Numbers must be below the scalar field's order; an encoding above it is malformed. */
function scalar(hex: string): bigint {
  const value = BigInt(hex);
  if (value >= bls12_381.fields.Fr.ORDER) throw new PointEvaluationError("not a field element");
  return value;
}

function g1(hex: string): typeof bls12_381.G1.Point.BASE {
  try {
    const point = bls12_381.G1.Point.fromBytes(hexToBytes(hex));
    point.assertValidity();
    return point;
  } catch (cause) {
    const infinity = /^0xc0(00){47}$/.test(hex);
    if (infinity) return bls12_381.G1.Point.ZERO;
    throw new PointEvaluationError("not a point of G1", cause);
  }
}

/** Whether the committed polynomial has the value `y` at `z`: e(C − [y]₁, −[1]₂) · e(proof, [τ − z]₂) = 1. */
function verifyProof(commitment: string, z: string, y: string, proof: string): boolean {
  const { G1, G2 } = bls12_381;
  const atZ = scalar(z);
  const value = scalar(y);
  const shifted = TAU_G2.subtract(G2.Point.BASE.multiplyUnsafe(atZ));
  const difference = g1(commitment).subtract(G1.Point.BASE.multiplyUnsafe(value));
  const pairs = [
    { g1: difference, g2: G2.Point.BASE.negate() },
    { g1: g1(proof), g2: shifted },
  ].filter((pair) => !pair.g1.is0() && !pair.g2.is0());
  if (pairs.length === 0) return true;
  return bls12_381.fields.Fp12.eql(bls12_381.pairingBatch(pairs), bls12_381.fields.Fp12.ONE);
}

/** Blobs themselves never reach a lane: only their versioned hashes and single evaluations do. */
function noBlobs(): never {
  throw new BraidError("KZG_NO_BLOBS", "a lane was asked to work on a blob");
}

/** `customCrypto.kzg` for the point evaluation precompile (EIP-4844), in JavaScript, without a set-up to load. */
export const pointEvaluation = {
  verifyProof,
  blobToKzgCommitment: noBlobs,
  computeBlobProof: noBlobs,
  verifyBlobProofBatch: noBlobs,
  computeCells: noBlobs,
  computeCellsAndProofs: noBlobs,
  recoverCellsAndProofs: noBlobs,
  verifyCellKzgProofBatch: noBlobs,
};
