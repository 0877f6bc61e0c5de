import { BLOB_BYTES, bytesEqual } from "../../protocol/index.ts";
import { reasonOf } from "../l1/l1Rpc.ts";
import type { BlobSource, L1Batch } from "../types.ts";
import { VerifierError } from "../verifierError.ts";
import { versionedHashOf } from "./versionedHashOf.ts";

/** The batch's blobs from the first source that has them, each with the hash that L1 knows it by. */
export async function findBlobs(batch: L1Batch, sources: readonly BlobSource[]): Promise<Uint8Array[]> {
  const tried: string[] = [];
  for (const source of sources) {
    const found = await answerOf(source, batch);
    const refusal = typeof found === "string" ? found : await refusalOf(found, batch.blobHashes);
    if (typeof found !== "string" && refusal === undefined) return found;
    tried.push(`${source.name}: ${refusal}`);
  }
  const { header, l1Block } = batch;
  const reasons = tried.length === 0 ? "no source of blobs is given" : tried.join("; ");
  throw new VerifierError(
    "VERIFY_BLOBS_MISSING",
    `the blobs of batch ${header.number} (L1 block ${l1Block.number}) were not found: ${reasons}`,
    {
      retryable: true,
      hint:
        "Name another source with --blobs: a beacon node's URL, a node's RPC URL (its archive), or a folder.\n" +
        "Beacon nodes forget blobs after about 18 days.",
    },
  );
}

async function answerOf(source: BlobSource, batch: L1Batch): Promise<Uint8Array[] | string> {
  try {
    return (await source.blobs(batch)) ?? "does not have them";
  } catch (error) {
    return reasonOf(error);
  }
}

async function refusalOf(
  blobs: readonly Uint8Array[],
  hashes: readonly Uint8Array[],
): Promise<string | undefined> {
  if (blobs.length !== hashes.length) return `answers ${blobs.length} blobs where there are ${hashes.length}`;
  for (const [i, blob] of blobs.entries()) {
    if (blob.length !== BLOB_BYTES) return `blob ${i} has ${blob.length} bytes`;
    const hash = await versionedHashOf(blob);
    if (hash === undefined) return `blob ${i} is not made of field elements`;
    if (!bytesEqual(hash, hashes[i] ?? new Uint8Array())) return `blob ${i} has another versioned hash`;
  }
  return undefined;
}
