/**
 * The root of every error that Braid raises on purpose.
 *
 * `code` is stable and machine-readable (`MEMPOOL_NONCE_TOO_LOW`), `retryable` says whether the same call can
 * succeed later without being changed, `hint` names the way out for a person.
 */
export class BraidError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly hint: string | undefined;

  constructor(
    code: string,
    message: string,
    options: { retryable?: boolean; cause?: unknown; hint?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.hint = options.hint;
  }
}

/** A rule that the program itself must keep was broken. It stops the sequencer; it is never skipped. */
export class InvariantError extends BraidError {
  constructor(message: string, cause?: unknown) {
    super("INVARIANT_BROKEN", message, { cause });
  }
}

/** Bytes from outside do not decode. Never retryable: the same bytes will not decode later. */
export class DecodeError extends BraidError {
  constructor(message: string, cause?: unknown) {
    super("DECODE_FAILED", message, { cause });
  }
}
