import { ExecutionRevertedError, SimulationError } from "../../../executor/index.ts";
import { BraidError, bytesToHex, InvariantError } from "../../../protocol/index.ts";
import type { RpcLogger } from "../context.ts";
import { RPC_CODES, RpcError } from "./rpcError.ts";

export interface ErrorObject {
  code: number;
  message: string;
  data?: unknown;
}

/** The chain store's: a filter matches more logs than allowed. */
const LOG_LIMIT = "LOG_LIMIT_EXCEEDED";

/** Errors whose message is meant for the client: what it sent is refused. Matched by the start of the code. */
const CLIENT_CODES = [
  "MEMPOOL_",
  "ADMISSION_",
  "TRANSACTION_",
  "DECODE_",
  LOG_LIMIT,
  "TRIE_NODE_MISSING",
  "RPC_",
  "READ_TIMEOUT",
  "READ_QUEUE_FULL",
  "READ_THREAD_LOST",
  "READERS_CLOSED",
];

/** The request was fine, but the node has too much to do: their code says so. */
const BUSY_CODES: readonly string[] = ["READ_QUEUE_FULL"];

/** Errors of the machinery carry hosts, queries and paths: nothing of them leaves the process. */
function isForClient(error: BraidError): boolean {
  if (error instanceof InvariantError) return false;
  return error instanceof SimulationError || CLIENT_CODES.some((prefix) => error.code.startsWith(prefix));
}

/** The one place where an error becomes a JSON-RPC error. What is not meant for clients is logged and hidden. */
export function toErrorObject(error: unknown, method: string, logger: RpcLogger): ErrorObject {
  if (error instanceof RpcError) {
    const object: ErrorObject = { code: error.rpcCode, message: error.message };
    if (error.data !== undefined) object.data = error.data;
    return object;
  }
  if (error instanceof ExecutionRevertedError) {
    return { code: RPC_CODES.executionReverted, message: error.message, data: bytesToHex(error.data) };
  }
  if (error instanceof BraidError && isForClient(error)) {
    if (error instanceof SimulationError && error.rpcCode !== undefined) {
      const data = error.data === undefined ? {} : { data: bytesToHex(error.data) };
      return { code: error.rpcCode, message: error.message, ...data };
    }
    if (error.code === LOG_LIMIT || BUSY_CODES.includes(error.code)) {
      return { code: RPC_CODES.limitExceeded, message: error.message };
    }
    return { code: RPC_CODES.server, message: error.message };
  }
  logger.error({ err: error, method }, "JSON-RPC call failed unexpectedly");
  return { code: RPC_CODES.internal, message: "internal error" };
}
