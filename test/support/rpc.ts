import { BraidError } from "../../protocol/index.ts";

interface RpcAnswer {
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

export class RpcError extends BraidError {
  readonly rpcCode: number;
  readonly data: unknown;

  constructor(method: string, error: { code: number; message: string; data?: unknown }) {
    super("TEST_RPC_ERROR", `${method}: ${error.message}`);
    this.rpcCode = error.code;
    this.data = error.data;
  }
}

/** One JSON-RPC call. Throws {@link RpcError} on an error answer. */
export async function rpc(url: string, method: string, params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const answer = (await response.json()) as RpcAnswer;
  if (answer.error !== undefined) throw new RpcError(method, answer.error);
  return answer.result;
}
