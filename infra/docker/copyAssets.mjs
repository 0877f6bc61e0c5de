// Copies what `tsc` leaves behind (SQL, Lua, worker bootstraps) into dist/, beside the code that reads it.
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";

const ROOMS = ["protocol", "contracts", "migrations", "infra", "executor", "sequencer", "cli"];
const ASSET = /\.(sql|lua|mjs)$/;

for (const room of ROOMS) {
  for (const entry of readdirSync(room, { recursive: true, withFileTypes: true })) {
    const source = path.join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isFile() || !ASSET.test(entry.name) || source.startsWith(path.join("infra", "docker")))
      continue;
    const target = path.join("dist", source);
    mkdirSync(path.dirname(target), { recursive: true });
    cpSync(source, target);
  }
}
