import { BraidError } from "../../protocol/index.ts";

/** A file that cannot be replayed as it is: unreadable, of another shape, or contradicting itself. */
export class ReplayInputError extends BraidError {
  constructor(message: string, options: { cause?: unknown; hint?: string } = {}) {
    super("REPLAY_INPUT", message, options);
  }
}
