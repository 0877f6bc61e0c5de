import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { messageOf, readBounded } from "./readJson.ts";
import { ReplayInputError } from "./replayError.ts";
import { tarEntries } from "./tarEntries.ts";

/** The JSON files of a folder (with those below), of a `.tar` or `.tar.gz`, or the one file itself, in order of name. */
export function* stateTestFiles(source: string): Generator<{ name: string; bytes: Uint8Array }> {
  if (isFolder(source)) {
    const names = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(isJson).sort();
    if (names.length === 0) throw new ReplayInputError(`there are no JSON files in ${source}`);
    for (const name of names) {
      const file = path.join(source, name);
      yield { name: file, bytes: readBounded(file) };
    }
  } else if (/\.(tar|tar\.gz|tgz)$/.test(source)) {
    const archive = readBounded(source);
    for (const entry of tarEntries(archive)) if (isJson(entry.name)) yield entry;
  } else {
    yield { name: source, bytes: readBounded(source) };
  }
}

/** Folders with a leading dot hold what is said about the tests. */
function isJson(name: string): boolean {
  return !/(^|[/\\])\./.test(name) && /\.json(\.gz)?$/.test(name);
}

function isFolder(source: string): boolean {
  try {
    return statSync(source).isDirectory();
  } catch (cause) {
    throw new ReplayInputError(`cannot read ${source}: ${messageOf(cause)}`, { cause });
  }
}
