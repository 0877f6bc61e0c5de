/**
 * KZG commitments and proofs of blobs (EIP-4844) in JavaScript, on Ethereum's trusted set-up. Seconds a blob: work for a
 * thread of its own.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pippenger } from "@noble/curves/abstract/curve.js";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { z } from "zod";
import {
  BLOB_BYTES,
  bigIntToBytes,
  bytesToBigInt,
  InvariantError,
  padTo32,
} from "../../../protocol/index.ts";

const { Point } = bls12_381.G1;
const { Fr, Fp } = bls12_381.fields;
type G1 = typeof Point.BASE;

const ELEMENT = 32;
const ELEMENTS = BLOB_BYTES / ELEMENT;
const INDEX_BITS = Math.log2(ELEMENTS);
/** A primitive root of unity of order 4096: 7 generates the field's multiplicative group. */
const ROOT = Fr.pow(7n, (Fr.ORDER - 1n) / BigInt(ELEMENTS));
/** EIP-4844's name for the hash that the point of the proof comes from. */
const CHALLENGE_DOMAIN = Buffer.concat([Buffer.from("FSBLOBVERIFY_V1_"), padTo16(ELEMENTS)]);
const FLAGS = 0x1f;
const SIGN = 0x20;

const setupSchema = z.object({
  g1_lagrange: z.array(z.string().regex(/^0x[0-9a-f]{96}$/)).length(ELEMENTS),
});

export interface KzgBlob {
  commitment: Uint8Array;
  proof: Uint8Array;
}

export interface Kzg {
  commitAndProve(blob: Uint8Array): KzgBlob;
}

/** Reads the set-up that viem carries. */
export async function loadKzg(): Promise<Kzg> {
  const file = createRequire(import.meta.url)
    .resolve("viem/package.json")
    .replace(/package\.json$/, "trusted-setups/mainnet.json");
  const { g1_lagrange: encoded } = setupSchema.parse(JSON.parse(await readFile(file, "utf8")));
  const points = encoded.map((hex) => decompress(Buffer.from(hex.slice(2), "hex")));
  // The constant polynomial 1 commits to the generator: no point is missing or wrong.
  if (!points.reduce((sum, point) => sum.add(point), Point.ZERO).equals(Point.BASE)) {
    throw new InvariantError("the trusted set-up is damaged");
  }
  const inBlobOrder = points.map((_, index) => points[reversed(index)] ?? Point.ZERO);
  const roots = rootsInBlobOrder();
  return {
    commitAndProve(blob) {
      const values = elementsOf(blob);
      const commitment = sum(inBlobOrder, values);
      const challenge = challengeOf(blob, commitment);
      return { commitment, proof: sum(inBlobOrder, quotient(values, roots, challenge)) };
    },
  };
}

/** What curve libraries do besides, that the point is in the subgroup, the sum over all points shows at once. */
function decompress(bytes: Uint8Array): G1 {
  const head = bytes[0] ?? 0;
  const x = bytesToBigInt(Uint8Array.from(bytes, (byte, i) => (i === 0 ? byte & FLAGS : byte)));
  const y = Fp.sqrt(Fp.add(Fp.pow(x, 3n), 4n));
  const isLarger = y * 2n > Fp.ORDER;
  return Point.fromAffine({ x, y: isLarger === ((head & SIGN) !== 0) ? y : Fp.neg(y) });
}

function sum(points: readonly G1[], scalars: readonly bigint[]): Uint8Array {
  const used = scalars.flatMap((scalar, index) => (scalar === 0n ? [] : [index]));
  if (used.length === 0) return Point.ZERO.toBytes(true);
  const total = pippenger(
    Point,
    used.map((index) => points[index] ?? Point.ZERO),
    used.map((index) => scalars[index] ?? 0n),
  );
  return total.toBytes(true);
}

function elementsOf(blob: Uint8Array): bigint[] {
  if (blob.length !== BLOB_BYTES) throw new InvariantError(`a blob of ${blob.length} bytes`);
  return Array.from({ length: ELEMENTS }, (_, index) => {
    const value = bytesToBigInt(blob.subarray(index * ELEMENT, (index + 1) * ELEMENT));
    if (value >= Fr.ORDER) throw new InvariantError(`element ${index} of a blob is no field element`);
    return value;
  });
}

function challengeOf(blob: Uint8Array, commitment: Uint8Array): bigint {
  const digest = createHash("sha256").update(CHALLENGE_DOMAIN).update(blob).update(commitment).digest();
  return Fr.create(bytesToBigInt(digest));
}

/** (p(x) − p(z)) / (x − z) at every root of unity; z itself is none, but for a chance of one in 2^243. */
function quotient(values: readonly bigint[], roots: readonly bigint[], z: bigint): bigint[] {
  const inverses = Fr.invertBatch(roots.map((root) => Fr.sub(root, z)));
  let weighted = 0n;
  for (const [i, value] of values.entries()) {
    if (value !== 0n) weighted = Fr.add(weighted, Fr.mul(Fr.mul(value, roots[i] ?? 0n), inverses[i] ?? 0n));
  }
  const scale = Fr.div(Fr.sub(1n, Fr.pow(z, BigInt(ELEMENTS))), BigInt(ELEMENTS));
  const y = Fr.mul(weighted, scale);
  return values.map((value, i) => Fr.mul(Fr.sub(value, y), inverses[i] ?? 0n));
}

function rootsInBlobOrder(): bigint[] {
  const roots: bigint[] = [];
  let root = 1n;
  for (let i = 0; i < ELEMENTS; i++) {
    roots.push(root);
    root = Fr.mul(root, ROOT);
  }
  return roots.map((_, index) => roots[reversed(index)] ?? 0n);
}

function reversed(index: number): number {
  let result = 0;
  for (let bit = 0; bit < INDEX_BITS; bit++) result = (result << 1) | ((index >> bit) & 1);
  return result;
}

function padTo16(value: number): Uint8Array {
  return padTo32(bigIntToBytes(BigInt(value))).subarray(16);
}
