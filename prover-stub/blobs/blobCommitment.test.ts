import { readFile } from "node:fs/promises";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { expect, test } from "vitest";
import { BLOB_BYTES, bigIntToBytes, bytesToHex, padTo32 } from "../../protocol/index.ts";
import { blobCommitment, readCommitmentPoints, TRUSTED_SETUP_FILE } from "./blobCommitment.ts";

const { Fr } = bls12_381.fields;
const ELEMENTS = BLOB_BYTES / 32;
/** A primitive root of unity of order 4096: 7 generates the field's multiplicative group. */
const ROOT = Fr.pow(7n, (Fr.ORDER - 1n) / BigInt(ELEMENTS));

/** Evaluations at the roots of unity in bit-reversed order: what a blob holds of a polynomial. */
function blobOf(polynomial: (x: bigint) => bigint): Uint8Array {
  const blob = new Uint8Array(BLOB_BYTES);
  for (let index = 0; index < ELEMENTS; index++) {
    const reversed = Number.parseInt(index.toString(2).padStart(12, "0").split("").reverse().join(""), 2);
    blob.set(padTo32(bigIntToBytes(polynomial(Fr.pow(ROOT, BigInt(reversed))))), index * 32);
  }
  return blob;
}

test("the commitment of a polynomial is the same sum of the set-up's powers of τ", async () => {
  const points = await readCommitmentPoints();
  const { g1_monomial: powers } = JSON.parse(await readFile(TRUSTED_SETUP_FILE, "utf8"));
  const committed = async (polynomial: (x: bigint) => bigint) =>
    bytesToHex(await blobCommitment(points, blobOf(polynomial)));
  expect(await committed((x) => x)).toBe(powers[1]);
  expect(await committed((x) => Fr.mul(x, x))).toBe(powers[2]);
  const { Point } = bls12_381.G1;
  const mixed = Point.fromHex(powers[3].slice(2)).multiply(5n).add(Point.BASE.multiply(3n));
  expect(await committed((x) => Fr.add(3n, Fr.mul(5n, Fr.pow(x, 3n))))).toBe(bytesToHex(mixed.toBytes(true)));
}, 180_000);
