import { ReplayInputError } from "./replayError.ts";

const BLOCK = 512;
const NAME_LENGTH = 100;

/** The regular files of a tar archive (ustar, with GNU's or pax' long names), in its order. */
export function* tarEntries(archive: Uint8Array): Generator<{ name: string; bytes: Uint8Array }> {
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const size = sizeOf(header);
    const bytes = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (bytes.length < size) throw new ReplayInputError("the tar archive ends inside a file");
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const kind = String.fromCharCode(header[156] ?? 0);
    if (kind === "L") longName = text(bytes);
    else if (kind === "x") longName = paxPath(text(bytes)) ?? longName;
    else {
      if (kind === "0" || kind === "\0") yield { name: longName ?? nameOf(header), bytes };
      longName = undefined;
    }
  }
}

function nameOf(header: Uint8Array): string {
  const name = text(header.subarray(0, NAME_LENGTH));
  const prefix = text(header.subarray(257, 262)) === "ustar" ? text(header.subarray(345, 500)) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function sizeOf(header: Uint8Array): number {
  const octal = text(header.subarray(124, 136)).trim();
  if (!/^[0-7]+$/.test(octal)) throw new ReplayInputError("the file is no tar archive");
  return Number.parseInt(octal, 8);
}

/** Up to the first zero byte. GNU's header says "ustar " with a blank, which leaves its prefix unread, as it should. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("utf8");
}

/** Records are `length key=value\n`. */
function paxPath(records: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1];
}
