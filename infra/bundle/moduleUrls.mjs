// In a bundle, code of many modules stands in one file. `import.meta.url` of our own sources is rewritten to where the
// module would stand alone: assets lie beside it, and modules that run on their own have a file of that name there.
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** How a module names another one that runs on its own: `new URL("./x.ts", import.meta.url)`. */
const OWN_MODULE = /(?<!`)new URL\(\s*"(\.[^"]+)\.ts",\s*import\.meta\.url\)/g;

/** The modules of the rooms that run on their own, as worker threads or processes. */
export function ownModules(root, files) {
  const found = new Set();
  for (const file of files) {
    if (file.startsWith("test/") || !file.endsWith(".ts")) continue;
    for (const [, name] of readFileSync(path.join(root, file), "utf8").matchAll(OWN_MODULE)) {
      found.add(path.posix.join(path.posix.dirname(file), `${name}.ts`));
    }
  }
  found.delete("cli/main.ts");
  return [...found].sort();
}

/** The esbuild plugin that rewrites. */
export function moduleUrls(root) {
  return {
    name: "module-urls",
    setup(build) {
      build.onResolve({ filter: /^#module-url$/ }, () => ({ path: "#module-url", external: true }));
      build.onLoad({ filter: /\.ts$/ }, (args) => {
        const file = path.relative(root, args.path).replaceAll(path.sep, "/");
        if (file.startsWith("../") || file.startsWith("node_modules/")) return undefined;
        const source = readFileSync(args.path, "utf8");
        if (!source.includes("import.meta.")) return undefined;
        return { contents: rewritten(source, file, args.path), loader: "ts" };
      });
    },
  };
}

function rewritten(source, file, absolute) {
  // What lives with the tests is run in its checkout only, and may reach for anything there.
  if (file.startsWith("test/")) {
    return source
      .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(absolute).href))
      .replaceAll("import.meta.dirname", JSON.stringify(path.dirname(absolute)));
  }
  const url = `$moduleUrl(${JSON.stringify(file.replace(/\.ts$/, ".js"))})`;
  const code = source
    .replace(OWN_MODULE, 'new URL("$1.js", import.meta.url)')
    .replaceAll("import.meta.url", url);
  // On the first line, so that all lines keep their numbers.
  return `import { moduleUrl as $moduleUrl } from "#module-url"; ${code}`;
}
