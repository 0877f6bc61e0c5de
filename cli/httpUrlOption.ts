import { InvalidArgumentError } from "commander";

/** Checks an HTTP URL of a command-line option. */
export function httpUrlOption(text: string): string {
  try {
    if (/^https?:$/.test(new URL(text).protocol)) return text;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError("an HTTP URL is needed.");
}
