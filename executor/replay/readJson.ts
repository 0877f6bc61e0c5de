import { readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { ReplayInputError } from "./replayError.ts";

/** Of a file, and of what it unpacks to. */
export const MAX_FILE_BYTES: number = 512 * 1024 ** 2;
const PROBLEMS_SHOWN = 5;

/** A file's bytes; unpacked when its name ends in `.gz`. */
export function readBounded(file: string): Uint8Array {
  try {
    const { size } = statSync(file);
    if (size > MAX_FILE_BYTES)
      throw new ReplayInputError(`${file} has ${size} bytes, more than a replay takes`);
    const bytes = readFileSync(file);
    return /\.t?gz$/.test(file) ? gunzipSync(bytes, { maxOutputLength: MAX_FILE_BYTES }) : bytes;
  } catch (cause) {
    if (cause instanceof ReplayInputError) throw cause;
    throw new ReplayInputError(`cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

/** Reads a JSON file (`.gz` too) and checks its shape; the error names the file and what is wrong in it. */
export function readJson<T>(file: string, schema: z.ZodType<T>): T {
  return parseJson(readBounded(file), file, schema);
}

export function parseJson<T>(bytes: Uint8Array, name: string, schema: z.ZodType<T>): T {
  return checkShape(jsonOf(bytes, name), name, schema);
}

export function checkShape<T>(value: unknown, name: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const shown = issues
    .slice(0, PROBLEMS_SHOWN)
    .map(({ path, message }) => `${z.core.toDotPath(path)}: ${message}`);
  if (issues.length > shown.length) shown.push(`and ${issues.length - shown.length} more`);
  throw new ReplayInputError(`${name} is not of the expected shape`, { hint: shown.join("\n") });
}

function jsonOf(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch (cause) {
    throw new ReplayInputError(`${name} is not JSON: ${messageOf(cause)}`, { cause });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
