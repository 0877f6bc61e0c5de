import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Dispatcher, errorText } from "../json-rpc/dispatcher.ts";
import type { Caller } from "../json-rpc/method.ts";
import { RPC_CODES, type RpcError } from "../json-rpc/rpcError.ts";
import type { RpcLimits } from "../limits.ts";
import type { RpcMetrics } from "../rpcMetrics.ts";
import { clientAddress } from "./clientAddress.ts";
import type { ClientBounds, ConnectionBounds } from "./clientBounds.ts";
import { compress } from "./compress.ts";
import type { Cors } from "./cors.ts";
import { type HttpAnswer, sendAnswer } from "./httpAnswer.ts";
import { ClientGoneError, readBody } from "./readBody.ts";

export interface JsonRpcHandlerOptions {
  dispatcher: Dispatcher;
  limits: Pick<RpcLimits, "requestBytes" | "compressBytes">;
  bounds: ClientBounds;
  metrics: RpcMetrics;
  cors: Cors;
  trustedHeader: string | undefined;
}

/** geth's: anything else could be sent by a web page without the browser asking first. */
const ACCEPTED_TYPES = new Set(["application/json", "application/json-rpc", "application/jsonrequest"]);

/** Refused requests of up to so many bytes are still read for their id. */
const REFUSED_BYTES_READ = 4096;

function hasAcceptedType(incoming: IncomingMessage): boolean {
  const type = incoming.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return type !== undefined && ACCEPTED_TYPES.has(type);
}

/** The id that an answer to a refused request carries; a long one is not read for it. */
export function idTextOf(body: string): string {
  if (body.length > REFUSED_BYTES_READ) return "null";
  try {
    const parsed: unknown = JSON.parse(body);
    const one: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (typeof one !== "object" || one === null || !("id" in one)) return "null";
    return typeof one.id === "string" || typeof one.id === "number" ? JSON.stringify(one.id) : "null";
  } catch {
    return "null";
  }
}

/** A POST in, an answer out, straight from and to Node's server: objects of the web platform cost more than most reads. */
export function createJsonRpcHandler(
  options: JsonRpcHandlerOptions,
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  const { dispatcher, limits, bounds, metrics, cors, trustedHeader } = options;
  /** A kept-alive connection is counted as one; behind a proxy it carries many clients, and addresses count. */
  const connections = new WeakMap<Socket, Map<string, ConnectionBounds>>();

  function boundsOf(incoming: IncomingMessage, address: string): ConnectionBounds {
    const known = connections.get(incoming.socket) ?? new Map<string, ConnectionBounds>();
    connections.set(incoming.socket, known);
    const own = known.get(address) ?? bounds.connection(address);
    if (known.size < 100) known.set(address, own);
    return own;
  }

  function callerOf(incoming: IncomingMessage): Caller & { bounds: ConnectionBounds } {
    const client = clientAddress(incoming, trustedHeader);
    return {
      client,
      bounds: boundsOf(incoming, client),
      sink: undefined,
      afterAnswer: (callback) => callback(),
    };
  }

  function json(status: number, text: string, incoming: IncomingMessage): HttpAnswer {
    const headers = { "Content-Type": "application/json", ...cors.headers(incoming) };
    return { status, headers, body: text };
  }

  async function refuse(incoming: IncomingMessage, refusal: RpcError): Promise<HttpAnswer> {
    metrics.refused();
    const body = await readBody(incoming, REFUSED_BYTES_READ);
    const error = { code: refusal.rpcCode, message: refusal.message };
    return json(429, errorText(error, body === undefined ? "null" : idTextOf(body)), incoming);
  }

  async function answer(incoming: IncomingMessage): Promise<HttpAnswer> {
    const caller = callerOf(incoming);
    const refusal = caller.bounds.refusal();
    if (refusal !== undefined) return refuse(incoming, refusal);
    const body = await readBody(incoming, limits.requestBytes);
    if (body === undefined) {
      const message = `content length too large (max ${limits.requestBytes} bytes)`;
      return json(413, errorText({ code: RPC_CODES.invalidRequest, message }), incoming);
    }
    const text = (await dispatcher.answer(body, caller)) ?? "";
    const plain = json(200, text, incoming);
    if (text.length < limits.compressBytes) return plain;
    const encoded = await compress(text, incoming, limits.compressBytes);
    return { status: 200, headers: joinHeaders(plain.headers, encoded.headers), body: encoded.body };
  }

  return async (incoming, outgoing) => {
    if (!hasAcceptedType(incoming)) {
      const text = "invalid content type, only application/json is supported";
      const headers = { "Content-Type": "text/plain; charset=utf-8", ...cors.headers(incoming) };
      sendAnswer({ status: 415, headers, body: text }, incoming, outgoing);
      return;
    }
    try {
      sendAnswer(await answer(incoming), incoming, outgoing);
    } catch (error) {
      // Nobody is there to read it; 400 is for the access log of a proxy.
      if (!(error instanceof ClientGoneError)) throw error;
      sendAnswer({ status: 400, headers: {}, body: "" }, incoming, outgoing);
    }
  };
}

/** A header of both, which is Vary, becomes a list. */
function joinHeaders(own: Record<string, string>, more: Record<string, string>): Record<string, string> {
  const joined = { ...own };
  for (const [name, value] of Object.entries(more)) {
    const before = joined[name];
    joined[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return joined;
}
