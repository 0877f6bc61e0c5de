import { BraidError } from "../../../protocol/index.ts";

/** JSON-RPC 2.0 codes, and those that Ethereum clients added. */
export const RPC_CODES = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  server: -32000,
  resourceNotFound: -32001,
  notificationsUnsupported: -32001,
  timeout: -32002,
  responseTooLarge: -32003,
  limitExceeded: -32005,
  executionReverted: 3,
} as const;

/** An error whose JSON-RPC form is already decided. `data` goes to the client as it is. */
export class RpcError extends BraidError {
  readonly rpcCode: number;
  readonly data: unknown;

  constructor(rpcCode: number, message: string, options: { data?: unknown; retryable?: boolean } = {}) {
    super("RPC_ERROR", message, { retryable: options.retryable ?? false });
    this.rpcCode = rpcCode;
    this.data = options.data;
  }
}

export const invalidParams = (message: string) => new RpcError(RPC_CODES.invalidParams, message);
export const serverError = (message: string) => new RpcError(RPC_CODES.server, message);
export const resourceNotFound = (message: string) => new RpcError(RPC_CODES.resourceNotFound, message);
export const limitExceeded = (message: string) => new RpcError(RPC_CODES.limitExceeded, message);
