import { constants } from "node:fs";
import { access, type FileHandle, open, rename, rm } from "node:fs/promises";
import { ExportError } from "./exportError.ts";

const CHUNK_BYTES = 1024 * 1024;

/** Writes a file in order, beside where it shall be; only a whole one gets its name. */
export interface OutputFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Flushed to disk, then renamed. */
  finish(): Promise<void>;
  /** Leaves nothing behind, unless it was finished. */
  discard(): Promise<void>;
  /** Written so far. */
  readonly bytes: number;
}

/** Refuses a file that exists, unless forced (EXPORT_FILE_EXISTS). */
export async function createOutputFile(file: string, force: boolean): Promise<OutputFile> {
  if (!force && (await exists(file))) throw fileExists(file);
  const partial = `${file}.partial-${process.pid}`;
  let handle: FileHandle | undefined = await openFor(partial);
  const chunk: Uint8Array[] = [];
  let buffered = 0;
  let bytes = 0;
  const flush = async () => {
    await handle?.writeFile(Buffer.concat(chunk));
    chunk.length = 0;
    buffered = 0;
  };
  return {
    get bytes() {
      return bytes;
    },
    async write(part) {
      chunk.push(part);
      bytes += part.length;
      buffered += part.length;
      if (buffered >= CHUNK_BYTES) await flush();
    },
    async finish() {
      await flush();
      await handle?.sync();
      await handle?.close();
      handle = undefined;
      if (!force && (await exists(file))) throw fileExists(file);
      await rename(partial, file);
    },
    async discard() {
      await handle?.close();
      handle = undefined;
      await rm(partial, { force: true });
    },
  };
}

async function openFor(partial: string): Promise<FileHandle> {
  try {
    return await open(partial, "w");
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ExportError("EXPORT_CANNOT_WRITE", `cannot write ${partial}: ${detail}`, { cause });
  }
}

function exists(file: string): Promise<boolean> {
  return access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}

function fileExists(file: string): ExportError {
  return new ExportError("EXPORT_FILE_EXISTS", `${file} exists already`, {
    hint: "Name another file, or add --force to replace it.",
  });
}
