import { bls12_381 } from "@noble/curves/bls12-381.js";
import { LRUCache } from "lru-cache";
import { blobCommitment, versionedHash } from "../../infra/index.ts";
import { BLOB_BYTES, bytesToBigInt, bytesToHex, keccak256 } from "../../protocol/index.ts";

const ELEMENT = 32;
/** A batch is read again when L1 changed meanwhile. By the blob's keccak-256. */
const known = new LRUCache<string, Uint8Array>({ max: 64 });

/** EIP-4844's name of a blob, computed from the blob alone; undefined when it is none. */
export async function versionedHashOf(blob: Uint8Array): Promise<Uint8Array | undefined> {
  const key = bytesToHex(keccak256(blob));
  const before = known.get(key);
  if (before !== undefined) return before;
  for (let at = 0; at < BLOB_BYTES; at += ELEMENT) {
    if (bytesToBigInt(blob.subarray(at, at + ELEMENT)) >= bls12_381.fields.Fr.ORDER) return undefined;
  }
  const hash = versionedHash(await blobCommitment(blob));
  known.set(key, hash);
  return hash;
}
