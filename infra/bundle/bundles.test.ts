import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const ROOMS = [
  "protocol",
  "contracts",
  "migrations",
  "infra",
  "executor",
  "sequencer",
  "prover-stub",
  "verifier",
];
const OLD = new Date(Date.now() - 48 * 3600 * 1000);

const checkout = mkdtempSync(path.join(tmpdir(), "braid-bundle-"));
const at = (...parts: string[]) => path.join(checkout, ...parts);
const bundles = () => readdirSync(at(".bundles")).sort();
const write = (file: string, text: string) => {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), text);
};
const launch = () => run(process.execPath, [at("infra/bundle/launch.mjs"), "argument"]);

/** A checkout of the real bundler with a program of its own. */
beforeAll(() => {
  for (const room of [...ROOMS, "cli", "test/benchmarks", "test/support"])
    mkdirSync(at(room), { recursive: true });
  cpSync(path.join(REPOSITORY, "infra/bundle"), at("infra/bundle"), { recursive: true });
  symlinkSync(path.join(REPOSITORY, "node_modules"), at("node_modules"));
  write("package.json", JSON.stringify({ name: "braid", version: "1.2.3", type: "module" }));
  write("package-lock.json", "{}");
  write("sequencer/lua/one.lua", "return 1");
  write(
    "executor/echo.ts",
    'import { parentPort } from "node:worker_threads";\nparentPort?.postMessage("echo");\n',
  );
  write(
    "sequencer/asset.ts",
    'import { readFileSync } from "node:fs";\nexport const asset: string = readFileSync(new URL("./lua/one.lua", import.meta.url), "utf8");\n',
  );
  write(
    "cli/main.ts",
    [
      'import { Worker } from "node:worker_threads";',
      'import { asset } from "../sequencer/asset.ts";',
      'const worker = new Worker(new URL("../executor/echo.ts", import.meta.url));',
      'worker.once("message", (text: string) =>',
      "  process.stdout.write(JSON.stringify({ text, asset, main: process.argv[1], rest: process.argv.slice(2) })),",
      ");",
    ].join("\n"),
  );
});

afterAll(() => rmSync(checkout, { recursive: true, force: true }));

test("two starts at once run the same bundle, with its assets and its threads", {
  timeout: 60_000,
}, async () => {
  const [one, two] = await Promise.all([launch(), launch()]);
  const [bundle = ""] = bundles();
  expect(bundles()).toHaveLength(1);
  const main = at(".bundles", bundle, "cli/main.js");
  expect(JSON.parse(one.stdout)).toEqual({ text: "echo", asset: "return 1", main, rest: ["argument"] });
  expect(two.stdout).toBe(one.stdout);
  expect([one.stderr, two.stderr]).toContain("building braid (once) ... done\n");
  expect((await launch()).stderr).toBe("");
  expect(readdirSync(at(".bundles", bundle, "users"))).toEqual([]);
});

test("a changed asset makes another bundle, and the first keeps its own", { timeout: 60_000 }, async () => {
  const [first = ""] = bundles();
  write("sequencer/lua/one.lua", "return 22");
  expect(JSON.parse((await launch()).stdout)).toMatchObject({ asset: "return 22" });
  expect(readFileSync(at(".bundles", first, "sequencer/lua/one.lua"), "utf8")).toBe("return 1");
});

test("old bundles go, but not one that a process runs from", { timeout: 60_000 }, async () => {
  for (const [index, user] of [undefined, String(process.pid), undefined, undefined, undefined].entries()) {
    const users = `.bundles/old${index}/users`;
    mkdirSync(at(users), { recursive: true });
    if (user !== undefined) write(`${users}/${user}`, "");
    utimesSync(at(users), OLD, new Date(OLD.getTime() - index));
  }
  write("sequencer/lua/one.lua", "return 333");
  await launch();
  const kept = bundles().filter((name) => name.startsWith("old"));
  expect(kept).toEqual(["old0", "old1"]);
});

test("a source that does not compile is named, and leaves nothing behind", { timeout: 60_000 }, async () => {
  const before = bundles();
  write("sequencer/asset.ts", "export const asset = ;\n");
  const failure = await launch().then(
    () => undefined,
    (error: { code: number; stderr: string }) => error,
  );
  expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining("sequencer/asset.ts:1:21") });
  expect(failure?.stderr).toContain("braid: the build failed");
  expect(bundles()).toEqual(before);
  expect(existsSync(at(".bundles", before[0] ?? ""))).toBe(true);
});
