// First code of a worker thread that runs from source; the last argument is the module to run. Where the bundle of the
// sources as they are is made already, its copy of the module loads several times as fast. Else tsx: Node 20 cannot
// load a .ts entry itself, and a loader registered in the parent does not reach its threads.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { currentBundle } from "../bundle/bundles.mjs";

const module = String(process.argv.at(-1));
const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

function bundled() {
  const bundle = currentBundle(root);
  if (bundle === undefined) return undefined;
  const file = path.join(bundle, path.relative(root, fileURLToPath(module)).replace(/\.ts$/, ".js"));
  return existsSync(file) ? pathToFileURL(file).href : undefined;
}

const quick = bundled();
if (quick === undefined) {
  const { register } = await import("tsx/esm/api");
  register();
}
await import(quick ?? module);
