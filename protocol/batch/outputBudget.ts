import { DecodeError } from "../errors.ts";
import { BATCH_LIMITS } from "./limits.ts";

/** What rebuilt envelopes may take: a byte of a column can stand for 32, so the columns' size is no bound. */
export class OutputBudget {
  private used = 0;
  private expected = 0;

  /** A part of the envelope in the making, before memory is taken for it. */
  expect(bytes: number): void {
    this.expected += bytes;
    this.check(this.expected);
  }

  /** A finished envelope, which its expected parts are part of. */
  spend(bytes: number): void {
    this.check(bytes);
    this.used += bytes;
    this.expected = 0;
  }

  private check(bytes: number): void {
    if (bytes > BATCH_LIMITS.transactionBytes) throw new DecodeError("transaction: over the limit");
    if (this.used + bytes > BATCH_LIMITS.transactionsBytes) {
      throw new DecodeError("transactions: over the limit");
    }
  }
}
