// `npm run build`: the bundle of the container image, in dist/.
import { rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildBundle } from "./buildBundle.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const folder = path.join(root, "dist");
rmSync(folder, { recursive: true, force: true });
await buildBundle(root, folder, { benchmarks: false });
