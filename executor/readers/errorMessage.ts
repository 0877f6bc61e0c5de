import { BraidError, DecodeError, InvariantError } from "../../protocol/index.ts";
import { ExecutionRevertedError, SimulationError } from "../simulate/errors.ts";
import { ReadTimeoutError } from "./timeLimit.ts";

/** An error on its way between threads. */
export interface ErrorMessage {
  name: string;
  message: string;
  code: string | undefined;
  retryable: boolean;
  hint: string | undefined;
  data: Uint8Array | undefined;
  rpcCode: number | undefined;
  stack: string | undefined;
}

/** A job failed with an error that is none of Braid's: a fault of the program. */
class ReadFailedError extends BraidError {
  constructor({ message, stack }: ErrorMessage) {
    super("READ_FAILED", `a read failed: ${message}`, { cause: stack ?? message });
  }
}

export function toErrorMessage(error: unknown): ErrorMessage {
  const known = error instanceof BraidError ? error : undefined;
  return {
    name: error instanceof Error ? error.name : "unknown",
    message: error instanceof Error ? error.message : String(error),
    code: known?.code,
    retryable: known?.retryable ?? false,
    hint: known?.hint,
    data:
      error instanceof ExecutionRevertedError || error instanceof SimulationError ? error.data : undefined,
    rpcCode: error instanceof SimulationError ? error.rpcCode : undefined,
    stack: error instanceof Error ? error.stack : undefined,
  };
}

/** The error that {@link toErrorMessage} took apart, of the same class where that matters to anyone. */
export function fromErrorMessage(message: ErrorMessage): BraidError {
  const { code, name, data, rpcCode, retryable, hint } = message;
  if (code === undefined) return new ReadFailedError(message);
  switch (name) {
    case ExecutionRevertedError.name:
      return new ExecutionRevertedError(data ?? new Uint8Array(0));
    case SimulationError.name:
      return new SimulationError(code, message.message, {
        retryable,
        ...(hint === undefined ? {} : { hint }),
        ...(data === undefined ? {} : { data }),
        ...(rpcCode === undefined ? {} : { rpcCode }),
      });
    case ReadTimeoutError.name:
      return new ReadTimeoutError(message.message);
    case InvariantError.name:
      return new InvariantError(message.message, message.stack);
    case DecodeError.name:
      return new DecodeError(message.message);
    default:
      return new BraidError(code, message.message, { retryable, ...(hint === undefined ? {} : { hint }) });
  }
}
