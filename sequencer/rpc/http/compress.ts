import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const gzipText = promisify(gzip);
const brotliText = promisify(brotliCompress);

/** Fast settings: hex shrinks to about half with either, and the wait must not outweigh what the wire saves. */
const GZIP = { level: 1 };
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

/** Names of encodings that the client takes. `gzip;q=0` is a refusal. */
function accepted(incoming: IncomingMessage): Set<string> {
  const header = incoming.headers["accept-encoding"];
  const parts = (Array.isArray(header) ? header.join(",") : (header ?? "")).toLowerCase().split(",");
  const taken = parts.filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part));
  return new Set(taken.map((part) => part.split(";")[0]?.trim() ?? ""));
}

export interface Encoded {
  body: string | Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/** Compresses on zlib's threads what is large enough, when the client takes it. */
export async function compress(text: string, incoming: IncomingMessage, fromBytes: number): Promise<Encoded> {
  if (text.length < fromBytes) return { body: text, headers: {} };
  const encodings = accepted(incoming);
  const vary = { Vary: "Accept-Encoding" };
  if (encodings.has("br")) {
    const body = new Uint8Array(await brotliText(text, BROTLI));
    return { body, headers: { ...vary, "Content-Encoding": "br" } };
  }
  if (encodings.has("gzip") || encodings.has("*")) {
    const body = new Uint8Array(await gzipText(text, GZIP));
    return { body, headers: { ...vary, "Content-Encoding": "gzip" } };
  }
  return { body: text, headers: vary };
}
