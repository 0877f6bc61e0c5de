import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { bytesToHex } from "../../protocol/index.ts";
import type { BlobSource } from "../types.ts";
import { VerifierError } from "../verifierError.ts";

/** Blobs as files of a folder: `0x01….blob`, named by the versioned hash, 131,072 bytes each. */
export function directoryBlobs(directory: string): BlobSource {
  return {
    name: `directory ${directory}`,
    async blobs({ blobHashes }) {
      await requireDirectory(directory);
      const found: Uint8Array[] = [];
      for (const hash of blobHashes) {
        const blob = await readIfThere(join(directory, `${bytesToHex(hash)}.blob`));
        if (blob === undefined) return undefined;
        found.push(blob);
      }
      return found;
    },
  };
}

async function requireDirectory(directory: string): Promise<void> {
  const is = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!is) throw new VerifierError("VERIFY_BLOBS_FOLDER", `${directory} is no folder`);
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
