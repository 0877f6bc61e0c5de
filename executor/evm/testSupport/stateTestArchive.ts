import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { StateTest } from "./stateTest.ts";

const BLOCK = 512;

/** The official state tests, which are not part of the repository; nothing where they are absent. */
export function stateTestArchive(): string | undefined {
  const shared = process.env["BRAID_SHARED_DATA"] ?? join(import.meta.dirname, "../../../../shared/data");
  const path = join(shared, "state-tests/osaka.tar.gz");
  return existsSync(path) ? path : undefined;
}

/** Every `step`th file of the archive, with its tests by name. */
export function* stateTestsOf(archive: string, step: number): Generator<[string, StateTest]> {
  let index = 0;
  for (const text of jsonFiles(gunzipSync(readFileSync(archive)))) {
    if (index++ % step !== 0) continue;
    const tests: Record<string, StateTest> = JSON.parse(text.toString("utf8"));
    yield* Object.entries(tests);
  }
}

/** Plain tar: a header block with name and octal size, then the content in whole blocks. */
function* jsonFiles(tar: Buffer): Generator<Buffer> {
  for (let offset = 0; offset + BLOCK <= tar.length; ) {
    const name = textAt(tar, offset, 100);
    const size = Number.parseInt(textAt(tar, offset + 124, 12), 8) || 0;
    const start = offset + BLOCK;
    if (name.endsWith(".json")) yield tar.subarray(start, start + size);
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function textAt(tar: Buffer, offset: number, length: number): string {
  const text = tar.toString("latin1", offset, offset + length);
  const end = text.indexOf("\0");
  return end === -1 ? text : text.slice(0, end);
}
