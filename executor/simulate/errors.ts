import { BraidError, bytesToBigInt, bytesToHex } from "../../protocol/index.ts";

/** The call ended in REVERT: geth's wording, with the reason that the data carries. */
export class ExecutionRevertedError extends BraidError {
  /** What the contract returned with REVERT. */
  readonly data: Uint8Array;

  constructor(data: Uint8Array) {
    const reason = revertReason(data);
    super(
      "EXECUTION_REVERTED",
      reason === undefined ? "execution reverted" : `execution reverted: ${reason}`,
    );
    this.data = data;
  }
}

/** The simulated transaction could not run, or failed otherwise than by REVERT. The message is geth's. */
export class SimulationError extends BraidError {
  /** JSON-RPC's code for it, where geth has one of its own. */
  readonly rpcCode: number | undefined;
  /** What the client gets besides. */
  readonly data: Uint8Array | undefined;

  constructor(
    code: string,
    message: string,
    options: {
      cause?: unknown;
      rpcCode?: number;
      data?: Uint8Array;
      retryable?: boolean;
      hint?: string;
    } = {},
  ) {
    super(code, message, options);
    this.rpcCode = options.rpcCode;
    this.data = options.data;
  }
}

const ERROR_STRING = "0x08c379a0";
const PANIC = "0x4e487b71";

/** Solidity's panic codes in the words of go-ethereum's `abi.UnpackRevert`. */
const PANIC_REASONS = new Map<bigint, string>([
  [0x00n, "generic panic"],
  [0x01n, "assert(false)"],
  [0x11n, "arithmetic underflow or overflow"],
  [0x12n, "division or modulo by zero"],
  [0x21n, "enum overflow"],
  [0x22n, "invalid encoded storage byte array accessed"],
  [0x31n, "out-of-bounds array access; popping on an empty array"],
  [0x32n, "out-of-bounds access of an array or bytesN"],
  [0x41n, "out of memory"],
  [0x51n, "uninitialized function"],
]);

/** Reason in `Error(string)` or `Panic(uint256)` data; undefined for anything else. */
export function revertReason(data: Uint8Array): string | undefined {
  if (data.length < 36) return undefined;
  const selector = bytesToHex(data.subarray(0, 4));
  if (selector === PANIC) {
    const code = bytesToBigInt(data.subarray(4, 36));
    return PANIC_REASONS.get(code) ?? `unknown panic code: 0x${code.toString(16)}`;
  }
  if (selector !== ERROR_STRING) return undefined;
  const body = data.subarray(4);
  const offset = bytesToBigInt(body.subarray(0, 32));
  if (offset + 32n > BigInt(body.length)) return undefined;
  const start = Number(offset) + 32;
  const length = bytesToBigInt(body.subarray(start - 32, start));
  if (BigInt(start) + length > BigInt(body.length)) return undefined;
  return Buffer.from(body.subarray(start, start + Number(length))).toString("utf8");
}
