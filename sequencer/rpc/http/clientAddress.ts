import type { IncomingMessage } from "node:http";

/**
 * Who calls. Behind a proxy that is the last address in the header that the proxy sets: what stands before it the
 * client may have written itself. Without a configured header no header is believed.
 */
export function clientAddress(incoming: IncomingMessage, trustedHeader: string | undefined): string {
  const peer = incoming.socket.remoteAddress ?? "unknown";
  if (trustedHeader === undefined) return peer;
  const given = incoming.headers[trustedHeader];
  const text = Array.isArray(given) ? given.at(-1) : given;
  const last = text?.split(",").at(-1)?.trim();
  return last === undefined || last === "" || last.length > 64 ? peer : last;
}
