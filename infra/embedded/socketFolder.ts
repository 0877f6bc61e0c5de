import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { EmbeddedError } from "./embeddedError.ts";

/** sockaddr_un: 108 bytes with the closing zero, on macOS 104. */
const LONGEST_SOCKET_PATH = 100;

/**
 * The folder for the unix sockets of one data folder: inside it where the path is short enough, otherwise a folder
 * under the system's temporary folder whose name follows from the data folder. Only its owner may enter.
 */
export function socketFolder(dataDir: string): string {
  const absolute = resolve(dataDir);
  const inside = join(absolute, "run");
  if (Buffer.byteLength(join(inside, ".s.PGSQL.5432")) < LONGEST_SOCKET_PATH) {
    mkdirSync(inside, { recursive: true, mode: 0o700 });
    return inside;
  }
  const name = createHash("sha256").update(absolute).digest("hex").slice(0, 16);
  const outside = join(tmpdir(), `braid-${name}`);
  mkdirSync(outside, { recursive: true, mode: 0o700 });
  const stat = lstatSync(outside);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) {
    throw new EmbeddedError("SOCKET_FOLDER_TAKEN", `${outside} belongs to somebody else`, {
      hint: "Choose a shorter data folder with --data.",
    });
  }
  return outside;
}
