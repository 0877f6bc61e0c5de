import { BraidError } from "../../protocol/index.ts";

/** A transaction is refused at the door; the message is geth's, which wallets match on. Same input, same answer. */
export class AdmissionError extends BraidError {
  constructor(code: string, message: string, hint?: string) {
    super(`ADMISSION_${code}`, message, hint === undefined ? {} : { hint });
  }
}
