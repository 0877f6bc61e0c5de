import type { IncomingMessage } from "node:http";
import type { Dispatcher } from "../json-rpc/dispatcher.ts";
import { errorText } from "../json-rpc/dispatcher.ts";
import type { Caller } from "../json-rpc/method.ts";
import { RPC_CODES } from "../json-rpc/rpcError.ts";
import { ClientGoneError, readBody } from "./readBody.ts";

export const CORS_HEADERS = { "Access-Control-Allow-Origin": "*" };

const JSON_HEADERS = { "Content-Type": "application/json", ...CORS_HEADERS };
const TEXT_HEADERS = { "Content-Type": "text/plain; charset=utf-8", ...CORS_HEADERS };

/** geth's: anything else could be sent by a web page without the browser asking first. */
const ACCEPTED_TYPES = new Set(["application/json", "application/json-rpc", "application/jsonrequest"]);

function hasAcceptedType(incoming: IncomingMessage): boolean {
  const type = incoming.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return type !== undefined && ACCEPTED_TYPES.has(type);
}

function httpCaller(incoming: IncomingMessage): Caller {
  return {
    client: incoming.socket.remoteAddress ?? "unknown",
    sink: undefined,
    afterAnswer: (callback) => callback(),
  };
}

/** A POST in, a response out. The body is read straight from the socket: no stream of the web platform is made. */
export function createJsonRpcHandler(
  dispatcher: Dispatcher,
  requestBytes: number,
): (incoming: IncomingMessage) => Promise<Response> {
  return async (incoming) => {
    if (!hasAcceptedType(incoming)) {
      const text = "invalid content type, only application/json is supported";
      return new Response(text, { status: 415, headers: TEXT_HEADERS });
    }
    try {
      const body = await readBody(incoming, requestBytes);
      if (body === undefined) {
        const error = {
          code: RPC_CODES.invalidRequest,
          message: `content length too large (max ${requestBytes} bytes)`,
        };
        return new Response(errorText(null, error), { status: 413, headers: JSON_HEADERS });
      }
      const answer = await dispatcher.answer(body, httpCaller(incoming));
      return new Response(answer ?? "", { status: 200, headers: JSON_HEADERS });
    } catch (error) {
      // Nobody is there to read it; 400 is for the access log of a proxy.
      if (error instanceof ClientGoneError) return new Response("", { status: 400 });
      throw error;
    }
  };
}
