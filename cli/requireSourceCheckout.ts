import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BraidError } from "../protocol/index.ts";

/**
 * The source checkout that this program belongs to, for commands that need it: tests and benchmarks are not in the
 * container image. Code runs from the checkout itself or from a bundle inside it.
 */
export function requireSourceCheckout(command: string): string {
  for (
    let folder = new URL("./", import.meta.url);
    folder.pathname !== "/";
    folder = new URL("../", folder)
  ) {
    if (existsSync(new URL("cli/main.ts", folder))) return fileURLToPath(folder);
  }
  throw new BraidError("SOURCE_NEEDED", `\`${command}\` needs a source checkout`, {
    hint: "This is the built program. Clone the repository and run it there with ./braid.",
  });
}
