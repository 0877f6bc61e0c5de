import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { expect, test } from "vitest";
import { BLOB_BYTES, bigIntToBytes, bytesToHex, padTo32 } from "../../protocol/index.ts";
import { blobCellProofs, blobCommitment, blobProof, versionedHash } from "./kzg.ts";
import { loadNativeKzg } from "./nativeKzg.ts";
import { createScriptKzg } from "./scriptKzg.ts";

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

test("a blob of zeros commits to the point at infinity, and has it for all proofs", async () => {
  const infinity = `0xc0${"00".repeat(47)}`;
  const zeros = new Uint8Array(BLOB_BYTES);
  const commitment = await blobCommitment(zeros);
  const proofs = [await blobProof(zeros, commitment), ...(await blobCellProofs(zeros))];
  expect(proofs).toHaveLength(129);
  expect(new Set([commitment, ...proofs].map(bytesToHex))).toEqual(new Set([infinity]));
  expect(bytesToHex(versionedHash(commitment))).toMatch(/^0x01[0-9a-f]{62}$/);
});

test("what is no blob is refused, and the next one is answered", async () => {
  const outside = new Uint8Array(BLOB_BYTES).fill(0xff);
  await expect(blobCommitment(outside)).rejects.toMatchObject({ code: "KZG_FAILED", retryable: false });
  await expect(blobCellProofs(outside)).rejects.toMatchObject({ code: "KZG_FAILED", retryable: false });
  await expect(blobCommitment(new Uint8Array(100))).rejects.toMatchObject({ code: "KZG_FAILED" });
  await expect(blobCommitment(blobOf(() => 1n))).resolves.toHaveLength(48);
});

test("the binary and JavaScript, of different authors, give the same commitment and proofs", async (context) => {
  const native = await loadNativeKzg();
  if (native === undefined) return context.skip("the package has no binary for this machine");
  const script = createScriptKzg();
  // Of few terms, for the script's sake, but of more than a cell's length.
  const blob = blobOf((x) => [3n, 70n, 200n].reduce((sum, e) => Fr.add(sum, Fr.mul(e, Fr.pow(x, e))), 9n));
  const commitment = script.commitment(blob);
  expect(native.commitment(blob)).toEqual(commitment);
  expect(native.proof(blob, commitment)).toEqual(script.proof(blob, commitment));
  const cellProofs = native.cellProofs(blob).map(bytesToHex);
  expect(script.cellProofs(blob).map(bytesToHex)).toEqual(cellProofs);
  expect(new Set(cellProofs).size).toBe(128);
  expect((await blobCellProofs(blob)).map(bytesToHex)).toEqual(cellProofs);
}, 120_000);
