// What ./braid runs: the command itself, from the bundle of the sources as they are now. Where no bundle can be
// written, it runs from source, by tsx.
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensureBundle, SourcesChangeError, useBundle } from "./bundles.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const READ_ONLY = ["EACCES", "EPERM", "EROFS"];
const say = (text) => process.stderr.write(text);

async function bundledMain() {
  let building = false;
  try {
    const bundle = await ensureBundle(root, () => {
      building = true;
      say("building braid (once) ... ");
    });
    if (building) say("done\n");
    useBundle(bundle);
    return path.join(bundle, "cli/main.js");
  } catch (error) {
    if (building) say("failed\n");
    if (READ_ONLY.includes(error.code)) return undefined;
    await fail(error);
  }
}

async function fail(error) {
  if (error instanceof SourcesChangeError) {
    say(
      "braid: the sources change again and again while they are built; run braid again when they stand still\n",
    );
  } else if (error.code === "ERR_MODULE_NOT_FOUND") {
    say(`braid: ${error.message}\nbraid: npm packages are missing: run npm ci\n`);
  } else {
    const { buildMessages } = await import("./buildBundle.mjs");
    say(
      `${buildMessages(error) ?? error.stack}\nbraid: the build failed; correct what it says above and run braid again\n`,
    );
  }
  process.exit(1);
}

async function sourceMain() {
  say(`braid: ${root} cannot be written to, so braid runs from source, which starts slower\n`);
  const { register } = await import("tsx/esm/api");
  register();
  // Processes that this one starts run the same file with the same arguments to Node.
  process.execArgv.push("--import", import.meta.resolve("tsx"));
  return path.join(root, "cli/main.ts");
}

const main = (await bundledMain()) ?? (await sourceMain());
process.argv[1] = main;
await import(pathToFileURL(main).href);
