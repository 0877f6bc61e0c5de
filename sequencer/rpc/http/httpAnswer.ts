import type { IncomingMessage, ServerResponse } from "node:http";

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** How long the rest of a request that is answered already may take to arrive. */
const REST_WITHIN_MS = 1000;

/** Sends an answer whole, with its length. */
export function sendAnswer(
  { status, headers, body }: HttpAnswer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const bytes = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  outgoing.writeHead(status, { ...headers, "Content-Length": bytes });
  // ASCII goes out as it is in memory.
  outgoing.end(body, typeof body === "string" && bytes === body.length ? "latin1" : "utf8");
  if (!incoming.readableEnded) outgoing.once("finish", () => endRest(incoming));
}

/** Node reads the rest of a request and forgets it, so that the connection can be used again; but not for ever. */
function endRest(incoming: IncomingMessage): void {
  if (incoming.readableEnded || incoming.destroyed) return;
  const timer = setTimeout(() => incoming.socket.destroy(), REST_WITHIN_MS);
  timer.unref();
  incoming.once("close", () => clearTimeout(timer));
}
