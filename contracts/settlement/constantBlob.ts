/**
 * Blobs that need no trusted setup: every field element is `value`, so the polynomial is constant. Its commitment is
 * `value` times the generator, and every proof of it is the point at infinity (EIP-4844, EIP-7594).
 */
import { createHash } from "node:crypto";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import type { Hex } from "viem";
import { bytesToHex } from "../../protocol/index.ts";

const FIELD_ELEMENTS = 4096;
const CELLS = 128;
const INFINITY: Hex = `0xc0${"00".repeat(47)}`;

export interface ConstantBlob {
  blob: Hex;
  commitment: Hex;
  /** Of a sidecar of version 0. */
  proof: Hex;
  /** Of a sidecar of version 1: one for each cell. */
  cellProofs: Hex[];
  versionedHash: Hex;
}

export function constantBlob(value: number): ConstantBlob {
  const element = Buffer.alloc(32);
  element.writeUInt32BE(value, 28);
  const point = bls12_381.G1.Point.BASE.multiply(BigInt(value)).toBytes(true);
  const versionedHash = createHash("sha256").update(point).digest();
  versionedHash[0] = 1;
  return {
    blob: bytesToHex(Buffer.concat(Array(FIELD_ELEMENTS).fill(element))),
    commitment: bytesToHex(point),
    proof: INFINITY,
    cellProofs: Array(CELLS).fill(INFINITY),
    versionedHash: bytesToHex(versionedHash),
  };
}
