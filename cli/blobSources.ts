import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { BraidError } from "../protocol/index.ts";
import type { BlobSource } from "../verifier/index.ts";

/** For an option that may be given several times. */
export function collect(place: string, before: string[] | undefined): string[] {
  return [...(before ?? []), place];
}

/** What `--blobs` names, in this order, and Anvil's own at last. Throws VERIFY_USAGE. */
export async function blobSources({
  blobs = [],
  l1,
}: {
  blobs?: string[];
  l1: string;
}): Promise<BlobSource[]> {
  const { anvilBlobs, archiveBlobs, beaconBlobs, directoryBlobs } = await import("../verifier/index.ts");
  const sources: BlobSource[] = [];
  for (const place of blobs) {
    if (/^https?:/.test(place)) sources.push(beaconBlobs(place), archiveBlobs(place));
    else sources.push(directoryBlobs(await folder(place)));
  }
  return [...sources, anvilBlobs(l1)];
}

async function folder(place: string): Promise<string> {
  const found = await stat(place).then(
    (is) => (is.isDirectory() ? undefined : "it is a file"),
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  if (found === undefined) return resolve(place);
  throw new BraidError("VERIFY_USAGE", `--blobs ${place}: neither a URL nor a folder: ${found}`, {
    hint: "Name a folder, or the URL of a beacon node or of a node of this chain.",
  });
}
