import pc from "picocolors";
import { BraidError } from "../../protocol/index.ts";

/** An error as a person reads it: what is wrong, then the way out. Only what we did not foresee shows its stack. */
export function reportError(error: unknown): void {
  if (error instanceof BraidError) {
    writeError(error.message, error.hint);
    return;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  writeError(text, "This is a bug in braid; please report it with the lines above.");
}

export function writeError(message: string, hint: string | undefined): void {
  const colors = pc.createColors(process.stderr.isTTY === true);
  process.stderr.write(`${colors.red("braid:")} ${message}\n`);
  if (hint !== undefined) process.stderr.write(`${hint.replace(/^/gm, "  ")}\n`);
}
