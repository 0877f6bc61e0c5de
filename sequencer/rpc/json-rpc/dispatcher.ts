import { performance } from "node:perf_hooks";
import type { RpcContext } from "../context.ts";
import type { RpcMetrics } from "../rpcMetrics.ts";
import { type ErrorObject, toErrorObject } from "./errorMapping.ts";
import { isObject } from "./isObject.ts";
import type { Caller, RpcMethod } from "./method.ts";
import { RawJson } from "./rawJson.ts";
import { createIdReader, type RequestId } from "./requestId.ts";
import { RPC_CODES, RpcError } from "./rpcError.ts";
import { runBounded } from "./runBounded.ts";

export interface Dispatcher {
  /** The answer as JSON text; undefined when nothing is to be answered (notifications only). Never throws. */
  answer(body: string, caller: Caller): Promise<string | undefined>;
}

/** `idText`: the id as JSON text. */
export function errorText(error: ErrorObject, idText = "null"): string {
  return `{"jsonrpc":"2.0","id":${idText},"error":${JSON.stringify(error)}}`;
}

const invalid = (message: string): ErrorObject => ({ code: RPC_CODES.invalidRequest, message });
const INVALID = invalid("invalid request");
const TOO_LARGE: ErrorObject = { code: RPC_CODES.responseTooLarge, message: "response too large" };

/** Longer names go back cut: an answer is never as large as a senseless question. */
const NAME_SHOWN = 256;

/** One member of a batch, or a request that came alone, its id read. */
interface Member {
  request: unknown;
  id: RequestId;
}

const isCall = ({ request, id }: Member): boolean =>
  isObject(request) &&
  id.kind === "given" &&
  request["jsonrpc"] === "2.0" &&
  typeof request["method"] === "string" &&
  request["method"] !== "";

const idText = (id: RequestId): string => (id.kind === "given" ? id.text : "null");

/** JSON-RPC 2.0 over the given methods, in geth's words: requests in, answers out, both as text. */
export function createDispatcher(
  methods: ReadonlyMap<string, RpcMethod>,
  context: RpcContext,
  metrics: RpcMetrics,
): Dispatcher {
  const { limits } = context;

  async function invoke(name: string, given: unknown, caller: Caller): Promise<string> {
    const method = methods.get(name);
    if (method === undefined) {
      const shown = name.length > NAME_SHOWN ? `${name.slice(0, NAME_SHOWN)}…` : name;
      throw new RpcError(RPC_CODES.methodNotFound, `the method ${shown} does not exist/is not available`);
    }
    const params = given ?? [];
    if (!Array.isArray(params)) throw new RpcError(RPC_CODES.invalidParams, "non-array args");
    const pending = method.invoke(context, params, caller);
    const result = pending instanceof Promise ? await pending : pending;
    return stringify(result ?? null, limits.responseBytes);
  }

  async function answerOne({ request, id }: Member, caller: Caller): Promise<string | undefined> {
    const name = isObject(request) ? request["method"] : undefined;
    if (!isObject(request) || id.kind === "invalid") return errorText(INVALID);
    if (request["jsonrpc"] !== "2.0" || typeof name !== "string" || name === "") {
      return errorText(INVALID, idText(id));
    }
    const label = methods.has(name) ? name : "unknown";
    const started = performance.now();
    try {
      const result = await invoke(name, request["params"], caller);
      metrics.observe(label, performance.now() - started);
      return id.kind === "none" ? undefined : `{"jsonrpc":"2.0","id":${id.text},"result":${result}}`;
    } catch (error) {
      const object = toErrorObject(error, label, context.logger);
      metrics.observe(label, performance.now() - started);
      metrics.failed(label, object.code);
      return id.kind === "none" ? undefined : errorText(object, id.text);
    }
  }

  const isUnbounded = ({ request }: Member): boolean => {
    const name = isObject(request) ? request["method"] : undefined;
    return typeof name === "string" && methods.get(name)?.unbounded === true;
  };

  async function answerBatch(members: Member[], caller: Caller): Promise<string | undefined> {
    const { batchResponseBytes, batchConcurrency } = limits;
    let bytes = 0;
    const answers = await runBounded(members, batchConcurrency, isUnbounded, async (member) => {
      // Once the answer is full, the rest is not even run.
      if (bytes > batchResponseBytes) return tooLarge(member);
      const text = await answerOne(member, caller);
      bytes += text?.length ?? 0;
      return bytes > batchResponseBytes ? tooLarge(member) : text;
    });
    const given = answers.filter((answer) => answer !== undefined);
    return given.length === 0 ? undefined : `[${given.join(",")}]`;
  }

  /** Runs the work within the caller's bounds; a refusal is one error, whatever the size of the batch. */
  async function bounded(
    caller: Caller,
    requests: number,
    refuse: (error: ErrorObject) => string,
    work: () => Promise<string | undefined>,
  ): Promise<string | undefined> {
    let leave: (() => void) | undefined;
    try {
      leave = caller.bounds?.enter(requests);
    } catch (error) {
      metrics.refused();
      return refuse(toErrorObject(error, "bounds", context.logger));
    }
    try {
      return await work();
    } finally {
      leave?.();
    }
  }

  return {
    async answer(body, caller) {
      let parsed: unknown;
      try {
        parsed = JSON.parse(body);
      } catch {
        return errorText({ code: RPC_CODES.parse, message: "parse error" });
      }
      const readId = createIdReader(body);
      const member = (request: unknown): Member => ({
        request,
        id: isObject(request) ? readId(request) : { kind: "invalid" },
      });
      if (!Array.isArray(parsed)) {
        const one = member(parsed);
        const refuse = (error: ErrorObject) => errorText(error, idText(one.id));
        return bounded(caller, 1, refuse, () => answerOne(one, caller));
      }
      if (parsed.length === 0) return errorText(invalid("empty batch"));
      if (parsed.length > limits.batchMembers) {
        return refuseBatch(parsed.slice(0, 1).map(member), invalid("batch too large"));
      }
      const members = parsed.map(member);
      const refuse = (error: ErrorObject) => refuseBatch(members, error);
      return bounded(caller, members.length, refuse, () => answerBatch(members, caller));
    },
  };
}

/** As geth refuses a whole batch: one answer, under the id of the first call. */
function refuseBatch(members: Member[], error: ErrorObject): string {
  const first = members.find(isCall);
  return `[${errorText(error, first === undefined ? "null" : idText(first.id))}]`;
}

function tooLarge({ request, id }: Member): string | undefined {
  if (!isObject(request)) return errorText(INVALID);
  return id.kind === "none" ? undefined : errorText(TOO_LARGE, idText(id));
}

/** The result as JSON text; an error when it is longer than allowed, or than a string can be. */
function stringify(result: unknown, maxBytes: number): string {
  let text: string;
  try {
    text = result instanceof RawJson ? result.text : JSON.stringify(result);
  } catch (error) {
    if (error instanceof RangeError) throw new RpcError(RPC_CODES.responseTooLarge, TOO_LARGE.message);
    throw error;
  }
  if (text.length > maxBytes) throw new RpcError(RPC_CODES.responseTooLarge, TOO_LARGE.message);
  return text;
}
