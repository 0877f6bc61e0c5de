import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * Where large test data lies that the repository does not hold: `BRAID_TEST_SHARED_DATA`, else `../shared/data` beside the
 * repository. Undefined when it is not there: a test that needs it is skipped, and says so in its name.
 */
export function sharedData(name: string): string | undefined {
  const folder = process.env["BRAID_TEST_SHARED_DATA"] ?? path.join(REPOSITORY, "../shared/data");
  const found = path.join(folder, name);
  return existsSync(found) ? found : undefined;
}
