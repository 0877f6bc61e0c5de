import { InvalidArgumentError } from "commander";
import type { Hex } from "../protocol/index.ts";

/** Checks an address of a command-line option; gives it in lower case. */
export function addressOption(text: string): Hex {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return `0x${text.slice(2).toLowerCase()}`;
  throw new InvalidArgumentError("an address is needed, 0x and 40 hex digits.");
}
