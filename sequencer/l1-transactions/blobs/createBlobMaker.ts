import { LRUCache } from "lru-cache";
import {
  blobCellProofs,
  blobCommitment,
  blobProof,
  untilAborted,
  versionedHash,
} from "../../../infra/index.ts";
import { bytesToHex, keccak256, packBlobs } from "../../../protocol/index.ts";
import type { BlobSidecar, SidecarVersion } from "../types.ts";

const REMEMBERED = 16;

/** Data as blobs. */
export interface Blobs {
  /** 32 bytes each: what L1 names them by. */
  versionedHashes: Uint8Array[];
  /** The blobs as they travel with a transaction, with proofs of this form. Throws KzgError. */
  sidecar(version: SidecarVersion): Promise<BlobSidecar>;
}

/** Throws KzgError. */
export type MakeBlobs = (data: Uint8Array) => Promise<Blobs>;

/**
 * Remembers the last ones, for the poster asks for the same again until L1 has them: no commitment and no proof is
 * computed twice for a higher fee. `signal`: whoever waits is let go; computing takes longer than a stop may.
 */
export function createBlobMaker(signal?: AbortSignal): MakeBlobs {
  const made = new LRUCache<string, Promise<Blobs>>({ max: REMEMBERED });
  const letGo = <T>(promise: Promise<T>) => (signal === undefined ? promise : untilAborted(promise, signal));
  return async (data) => {
    const key = bytesToHex(keccak256(data));
    const known = made.get(key) ?? make(data);
    if (!made.has(key)) {
      made.set(key, known);
      known.catch(() => made.delete(key));
    }
    const { versionedHashes, sidecar } = await letGo(known);
    return { versionedHashes, sidecar: (version) => letGo(sidecar(version)) };
  };
}

async function make(data: Uint8Array): Promise<Blobs> {
  const committed = await Promise.all(
    packBlobs(data).map(async (blob) => ({ blob, commitment: await blobCommitment(blob) })),
  );
  const blobs = committed.map(({ blob }) => blob);
  const commitments = committed.map(({ commitment }) => commitment);
  const versionedHashes = commitments.map(versionedHash);
  const sidecars = new Map<SidecarVersion, Promise<BlobSidecar>>();
  const proven = async (version: SidecarVersion): Promise<BlobSidecar> => {
    const proofs = await Promise.all(
      committed.map(async ({ blob, commitment }) =>
        version === 0 ? [await blobProof(blob, commitment)] : blobCellProofs(blob),
      ),
    );
    return { version, blobs, commitments, proofs: proofs.flat(), versionedHashes };
  };
  return {
    versionedHashes,
    sidecar(version) {
      const sidecar = sidecars.get(version) ?? proven(version);
      if (!sidecars.has(version)) {
        sidecars.set(version, sidecar);
        sidecar.catch(() => sidecars.delete(version));
      }
      return sidecar;
    },
  };
}
