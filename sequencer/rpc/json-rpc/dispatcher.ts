import { performance } from "node:perf_hooks";
import type { RpcContext } from "../context.ts";
import type { RpcMetrics } from "../rpcMetrics.ts";
import { type ErrorObject, toErrorObject } from "./errorMapping.ts";
import type { Caller, RpcMethod } from "./method.ts";
import { invalidRequest, RPC_CODES, RpcError } from "./rpcError.ts";
import { runBounded } from "./runBounded.ts";

export interface Dispatcher {
  /** The answer as JSON text; undefined when nothing is to be answered (notifications only). Never throws. */
  answer(body: string, caller: Caller): Promise<string | undefined>;
}

type Id = string | number | null;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is Id {
  return value === null || typeof value === "string" || typeof value === "number";
}

/** An integer too large for a JavaScript number goes back digit for digit, as it stands in the request. */
function idText(id: Id, body = ""): string {
  if (typeof id === "number" && Math.abs(id) > Number.MAX_SAFE_INTEGER) {
    for (const [, digits] of body.matchAll(/"id"\s*:\s*(-?\d{16,})\s*[,}]/g)) {
      if (digits !== undefined && Number(digits) === id) return digits;
    }
  }
  return JSON.stringify(id);
}

export function errorText(id: Id, error: ErrorObject, body?: string): string {
  return `{"jsonrpc":"2.0","id":${idText(id, body)},"error":${JSON.stringify(error)}}`;
}

const INVALID: ErrorObject = { code: RPC_CODES.invalidRequest, message: "invalid request" };
const TOO_LARGE: ErrorObject = { code: RPC_CODES.responseTooLarge, message: "response too large" };

/** JSON-RPC 2.0 over the given methods: requests in, answers out, both as text. */
export function createDispatcher(
  methods: ReadonlyMap<string, RpcMethod>,
  context: RpcContext,
  metrics: RpcMetrics,
): Dispatcher {
  async function invoke(request: Record<string, unknown>, caller: Caller): Promise<string> {
    const name = request["method"];
    if (typeof name !== "string") throw invalidRequest("invalid request");
    const method = methods.get(name);
    if (method === undefined) {
      throw new RpcError(RPC_CODES.methodNotFound, `the method ${name} does not exist/is not available`);
    }
    const params = request["params"] ?? [];
    if (!Array.isArray(params)) throw new RpcError(RPC_CODES.invalidParams, "non-array args");
    const pending = method.invoke(context, params, caller);
    const result = pending instanceof Promise ? await pending : pending;
    return JSON.stringify(result ?? null);
  }

  async function answerOne(request: unknown, caller: Caller, body: string): Promise<string | undefined> {
    if (!isObject(request)) return errorText(null, INVALID);
    const id = request["id"];
    const notification = id === undefined && !("id" in request);
    if (!notification && !isId(id)) return errorText(null, INVALID);
    const idOrNull: Id = isId(id) ? id : null;
    const name = request["method"];
    if (request["jsonrpc"] !== "2.0" || typeof name !== "string") return errorText(idOrNull, INVALID, body);
    const label = methods.has(name) ? name : "unknown";
    const started = performance.now();
    try {
      const result = await invoke(request, caller);
      metrics.observe(label, performance.now() - started);
      return notification ? undefined : `{"jsonrpc":"2.0","id":${idText(idOrNull, body)},"result":${result}}`;
    } catch (error) {
      const object = toErrorObject(error, label, context.logger);
      metrics.observe(label, performance.now() - started);
      metrics.failed(label, object.code);
      return notification ? undefined : errorText(idOrNull, object, body);
    }
  }

  const isUnbounded = (request: unknown): boolean => {
    const name = isObject(request) ? request["method"] : undefined;
    return typeof name === "string" && methods.get(name)?.unbounded === true;
  };

  async function answerBatch(requests: unknown[], caller: Caller, body: string): Promise<string | undefined> {
    const { batchMembers, batchResponseBytes, batchConcurrency } = context.limits;
    if (requests.length === 0)
      return errorText(null, { code: RPC_CODES.invalidRequest, message: "empty batch" });
    if (requests.length > batchMembers) {
      return errorText(null, { code: RPC_CODES.invalidRequest, message: "batch too large" });
    }
    let bytes = 0;
    const answers = await runBounded(requests, batchConcurrency, isUnbounded, async (request) => {
      // Once the answer is full, the rest is not even run.
      if (bytes > batchResponseBytes) return tooLarge(request);
      const text = await answerOne(request, caller, body);
      bytes += text?.length ?? 0;
      return bytes > batchResponseBytes ? tooLarge(request) : text;
    });
    const given = answers.filter((answer) => answer !== undefined);
    return given.length === 0 ? undefined : `[${given.join(",")}]`;
  }

  return {
    async answer(body, caller) {
      let parsed: unknown;
      try {
        parsed = JSON.parse(body);
      } catch {
        return errorText(null, { code: RPC_CODES.parse, message: "parse error" });
      }
      return Array.isArray(parsed) ? answerBatch(parsed, caller, body) : answerOne(parsed, caller, body);
    },
  };
}

function tooLarge(request: unknown): string | undefined {
  if (!isObject(request)) return errorText(null, INVALID);
  if (!("id" in request)) return undefined;
  return errorText(isId(request["id"]) ? request["id"] : null, TOO_LARGE);
}
