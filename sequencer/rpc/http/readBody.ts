import type { IncomingMessage } from "node:http";
import { BraidError } from "../../../protocol/index.ts";

/** The client closed its connection before its request was complete. */
export class ClientGoneError extends BraidError {
  constructor() {
    super("RPC_CLIENT_GONE", "the client closed the connection before its request was complete");
  }
}

/** The body as text; undefined when it is longer than `limit` bytes. Rejects when the client goes away. */
export function readBody(incoming: IncomingMessage, limit: number): Promise<string | undefined> {
  const declared = Number(incoming.headers["content-length"] ?? 0);
  if (declared > limit) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      // The rest of an overlong body is read and forgotten, so that the client can hear the answer.
      if (bytes > limit) {
        chunks = [];
        resolve(undefined);
      } else chunks.push(chunk);
    });
    incoming.once("end", () => {
      const [only] = chunks;
      resolve((chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)).toString("utf8"));
    });
    // Without a body to read, an error of the request is a client that has gone.
    incoming.once("error", () => reject(new ClientGoneError()));
    incoming.once("close", () => {
      if (!incoming.readableEnded) reject(new ClientGoneError());
    });
  });
}
