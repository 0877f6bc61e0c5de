// Before any test: the bundle of the sources as they are, so that the processes and worker threads of tests start
// from it, and none of them makes it.
import { fileURLToPath } from "node:url";
import { ensureBundle, useBundle } from "../../infra/bundle/bundles.mjs";

export default async function prepareBundle() {
  const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
  useBundle(await ensureBundle(root));
}
