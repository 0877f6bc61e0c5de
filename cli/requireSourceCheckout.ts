import { BraidError } from "../protocol/index.ts";

/** Tests and benchmarks are not in the built output, nor in the container image. */
export function requireSourceCheckout(command: string): void {
  if (!import.meta.url.endsWith(".js")) return;
  throw new BraidError("SOURCE_NEEDED", `\`${command}\` needs a source checkout`, {
    hint: "This is the built program. Clone the repository and run it there with ./braid.",
  });
}
