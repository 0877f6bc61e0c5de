// The sources that a bundle is made of, and a key that changes with any of them.
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";

const ROOMS = [
  ...[
    "protocol",
    "contracts",
    "migrations",
    "infra",
    "executor",
    "sequencer",
    "prover-stub",
    "verifier",
    "cli",
  ],
  // `braid bench` loads these.
  ...["test/benchmarks", "test/support"],
];
const SOURCE = /(?<!\.test|\.bench)\.(ts|mjs|sql|lua)$/;

/** Paths below `root`, with `/`, in a fixed order. */
export function sourceFiles(root) {
  const found = [];
  const walk = (folder) => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const file = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(file);
      else if (SOURCE.test(entry.name)) found.push(file);
    }
  };
  for (const room of ROOMS) walk(room);
  return found.sort();
}

/** By place, size and time of every source and of the installed packages: contents would take too long to read. */
export function sourceKey(root) {
  const hash = createHash("sha256").update(root);
  for (const file of [...sourceFiles(root), "package.json", "package-lock.json"]) {
    const { size, mtimeMs } = statSync(path.join(root, file));
    hash.update(`\n${file} ${size} ${mtimeMs}`);
  }
  const installed = statSync(path.join(root, "node_modules/.package-lock.json"), { throwIfNoEntry: false });
  return hash.update(`\n${installed?.mtimeMs}`).digest("hex").slice(0, 16);
}
