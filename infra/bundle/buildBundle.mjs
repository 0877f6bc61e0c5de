// One way of building, for a source checkout and for the container image: cli/main.ts and every module that runs on
// its own (worker threads), with all packages but those below, split into chunks that they share.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as esbuild from "esbuild";
import { moduleUrls, ownModules } from "./moduleUrls.mjs";
import { sourceFiles } from "./sources.mjs";

/** Native, or reached by a `require` of their own: they stay in node_modules. `typescript` is an optional peer. */
const EXTERNAL = ["lmdb", "secp256k1", "@crate-crypto/node-eth-kzg", "msgpackr", "typescript"];
const ASSET = /^(?!test\/).*\.(sql|lua)$/;

/** CommonJS packages ask for Node's own modules by `require`, which an ES module does not have. */
const REQUIRE =
  'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);';

/**
 * Writes the bundle of the checkout `root` into `folder`. Without `benchmarks`, nothing of test/ is in it, and
 * nothing of the checkout's place.
 */
export async function buildBundle(root, folder, { benchmarks }) {
  const files = sourceFiles(root);
  mkdirSync(folder, { recursive: true });
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["cli/main.ts", ...ownModules(root, files)],
    outdir: folder,
    outbase: ".",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    sourcemap: true,
    sourcesContent: false,
    external: [...EXTERNAL, ...(benchmarks ? [] : ["../../test/*"])],
    plugins: [moduleUrls(root)],
    banner: { js: REQUIRE },
    logLevel: "silent",
  });
  for (const file of files.filter((name) => ASSET.test(name))) {
    const target = path.join(folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    cpSync(path.join(root, file), target);
  }
  cpSync(path.join(root, "infra/bundle/moduleUrl.mjs"), path.join(folder, "moduleUrl.mjs"));
  const { name, version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const manifest = { name, version, type: "module", imports: { "#module-url": "./moduleUrl.mjs" } };
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** What an esbuild failure says, as its own command line prints it; undefined for any other error. */
export function buildMessages(error) {
  if (!Array.isArray(error?.errors)) return undefined;
  return esbuild.formatMessagesSync(error.errors, { kind: "error", color: false }).join("").trimEnd();
}
