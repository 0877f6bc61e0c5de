import { BraidError } from "../../protocol/index.ts";

/** A development method was refused; the message is for the client. */
export class DevError extends BraidError {
  constructor(message: string, cause?: unknown) {
    super("DEV_REFUSED", message, cause === undefined ? {} : { cause });
  }
}
