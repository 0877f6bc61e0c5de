// Second half of the build, after `tsc`: puts what it leaves behind (SQL, Lua, worker bootstraps) into dist/ beside the
// code that reads it, and removes the benchmarks, which tsc compiles because `braid bench` can import them.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";

const ROOMS = [
  "protocol",
  "contracts",
  "migrations",
  "infra",
  "executor",
  "sequencer",
  "prover-stub",
  "verifier",
  "cli",
];
const ASSET = /\.(sql|lua|mjs)$/;
const NOT_SHIPPED = [path.join("infra", "docker"), `${path.sep}testing${path.sep}`];

for (const room of ROOMS.filter((name) => existsSync(name))) {
  for (const entry of readdirSync(room, { recursive: true, withFileTypes: true })) {
    const source = path.join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isFile() || !ASSET.test(entry.name) || NOT_SHIPPED.some((part) => source.includes(part)))
      continue;
    const target = path.join("dist", source);
    mkdirSync(path.dirname(target), { recursive: true });
    cpSync(source, target);
  }
}
rmSync(path.join("dist", "test"), { recursive: true, force: true });
