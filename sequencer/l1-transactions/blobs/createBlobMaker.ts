import { LRUCache } from "lru-cache";
import { blobProof, versionedHash } from "../../../infra/index.ts";
import { bytesToHex, keccak256, packBlobs } from "../../../protocol/index.ts";
import type { BlobSidecar } from "../types.ts";

const REMEMBERED = 16;

/** The blobs that carry this data, with their commitments and proofs (EIP-4844). Throws KzgError. */
export type MakeBlobs = (data: Uint8Array) => Promise<BlobSidecar>;

/** Remembers the last ones: the poster asks for the same again until L1 has them. */
export function createBlobMaker(): MakeBlobs {
  const made = new LRUCache<string, Promise<BlobSidecar>>({ max: REMEMBERED });
  return (data) => {
    const key = bytesToHex(keccak256(data));
    const known = made.get(key);
    if (known !== undefined) return known;
    const sidecar = make(data);
    made.set(key, sidecar);
    sidecar.catch(() => made.delete(key));
    return sidecar;
  };
}

async function make(data: Uint8Array): Promise<BlobSidecar> {
  const blobs = packBlobs(data);
  const proven = await Promise.all(blobs.map(blobProof));
  const commitments = proven.map(({ commitment }) => commitment);
  return {
    blobs,
    commitments,
    proofs: proven.map(({ proof }) => proof),
    versionedHashes: commitments.map(versionedHash),
    version: 0,
  };
}
