import { createHash } from "node:crypto";
import { packBlobs } from "../../protocol/index.ts";
import type { HashBlobs } from "../checkInput.ts";
import { blobCommitment, type CommitmentPoint, readCommitmentPoints } from "./blobCommitment.ts";

/**
 * The versioned hashes (EIP-4844) of the blobs that batches take, computed from the data alone. The set-up is read once,
 * when the first blob comes.
 */
export function createBlobHasher(): HashBlobs {
  let reading: Promise<CommitmentPoint[]> | undefined;
  return async (data) => {
    reading ??= readCommitmentPoints();
    const points = await reading;
    const hashes: Uint8Array[] = [];
    for (const blob of packBlobs(data)) hashes.push(versionedHash(await blobCommitment(points, blob)));
    return hashes;
  };
}

function versionedHash(commitmentBytes: Uint8Array): Uint8Array {
  const hash = new Uint8Array(createHash("sha256").update(commitmentBytes).digest());
  hash[0] = 1;
  return hash;
}
