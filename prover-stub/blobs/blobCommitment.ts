/**
 * KZG commitments of blobs (EIP-4844): the sum of Ethereum's ceremony's Lagrange points, each times the blob's element at
 * the bit-reversed place. In JavaScript that takes seconds a blob, so the thread is let go between slices.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { setImmediate as turn } from "node:timers/promises";
import { pippenger } from "@noble/curves/abstract/curve.js";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { z } from "zod";
import { BLOB_BYTES, bytesToBigInt, InvariantError } from "../../protocol/index.ts";

const { Point } = bls12_381.G1;
export type CommitmentPoint = typeof Point.BASE;

/** viem carries it, and names no path that an ES module could use. */
export const TRUSTED_SETUP_FILE = createRequire(import.meta.url)
  .resolve("viem/package.json")
  .replace(/package\.json$/, "trusted-setups/mainnet.json");
const ELEMENT = 32;
const ELEMENTS = BLOB_BYTES / ELEMENT;
const INDEX_BITS = Math.log2(ELEMENTS);
/** Points worked on between two looks at the event loop: below a second. */
const SLICE = 256;

const setup = z.object({ g1_lagrange: z.array(z.string().regex(/^0x[0-9a-f]{96}$/)).length(ELEMENTS) });

/** Ethereum's trusted set-up, in Lagrange form. */
export async function readCommitmentPoints(): Promise<CommitmentPoint[]> {
  const { g1_lagrange: encoded } = setup.parse(JSON.parse(await readFile(TRUSTED_SETUP_FILE, "utf8")));
  const points: CommitmentPoint[] = [];
  let sum = Point.ZERO;
  for (const [index, hex] of encoded.entries()) {
    const point = Point.fromHex(hex.slice(2));
    sum = sum.add(point);
    points.push(point);
    if (index % SLICE === 0) await turn();
  }
  // The constant polynomial 1 commits to the generator: the points are the ones, none is missing.
  if (!sum.equals(Point.BASE)) throw new InvariantError("the trusted set-up is damaged");
  return points;
}

/** 48 bytes. Elements must be below the order of the scalar field. */
export async function blobCommitment(points: CommitmentPoint[], blob: Uint8Array): Promise<Uint8Array> {
  let sum = Point.ZERO;
  for (let from = 0; from < ELEMENTS; from += SLICE) {
    const used: CommitmentPoint[] = [];
    const scalars: bigint[] = [];
    for (let index = from; index < from + SLICE; index++) {
      const at = index * ELEMENT;
      const scalar = bytesToBigInt(blob.subarray(at, at + ELEMENT));
      const point = points[reversed(index)];
      if (scalar === 0n || point === undefined) continue;
      used.push(point);
      scalars.push(scalar);
    }
    if (used.length > 0) sum = sum.add(pippenger(Point, used, scalars));
    await turn();
  }
  return sum.toBytes(true);
}

function reversed(index: number): number {
  let result = 0;
  for (let bit = 0; bit < INDEX_BITS; bit++) result = (result << 1) | ((index >> bit) & 1);
  return result;
}
