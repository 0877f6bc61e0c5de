import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { expect, test } from "vitest";
import { BLOB_BYTES, bigIntToBytes, bytesToHex, padTo32 } from "../../protocol/index.ts";
import { blobCommitment, blobProof, versionedHash } from "./kzg.ts";

/** Another publication of the set-up than the one that is used. */
const TRUSTED_SETUP_FILE = createRequire(import.meta.url)
  .resolve("viem/package.json")
  .replace(/package\.json$/, "trusted-setups/mainnet.json");
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
  const { g1_monomial: powers } = JSON.parse(await readFile(TRUSTED_SETUP_FILE, "utf8"));
  const committed = async (polynomial: (x: bigint) => bigint) =>
    bytesToHex(await blobCommitment(blobOf(polynomial)));
  expect(await committed((x) => x)).toBe(powers[1]);
  expect(await committed((x) => Fr.mul(x, x))).toBe(powers[2]);
  const { Point } = bls12_381.G1;
  const mixed = Point.fromHex(powers[3].slice(2)).multiply(5n).add(Point.BASE.multiply(3n));
  expect(await committed((x) => Fr.add(3n, Fr.mul(5n, Fr.pow(x, 3n))))).toBe(bytesToHex(mixed.toBytes(true)));
}, 60_000);

test("a blob of zeros commits to the point at infinity, and has it for a proof", async () => {
  const infinity = `0xc0${"00".repeat(47)}`;
  const { commitment, proof } = await blobProof(new Uint8Array(BLOB_BYTES));
  expect([bytesToHex(commitment), bytesToHex(proof)]).toEqual([infinity, infinity]);
  expect(bytesToHex(versionedHash(commitment))).toMatch(/^0x01[0-9a-f]{62}$/);
});

test("what is no blob is refused, and the next one is answered", async () => {
  const outside = new Uint8Array(BLOB_BYTES).fill(0xff);
  await expect(blobCommitment(outside)).rejects.toMatchObject({ code: "KZG_FAILED", retryable: false });
  await expect(blobCommitment(new Uint8Array(100))).rejects.toMatchObject({ code: "KZG_FAILED" });
  await expect(blobCommitment(blobOf(() => 1n))).resolves.toHaveLength(48);
});
