import { blobCommitment, versionedHash } from "../../infra/index.ts";
import { packBlobs } from "../../protocol/index.ts";
import type { HashBlobs } from "../checkInput.ts";

/** The versioned hashes (EIP-4844) of the blobs that batches take, computed from the data alone. */
export function createBlobHasher(): HashBlobs {
  return async (data) => {
    const hashes: Uint8Array[] = [];
    for (const blob of packBlobs(data)) hashes.push(versionedHash(await blobCommitment(blob)));
    return hashes;
  };
}
