import { promisify } from "node:util";
import { constants, deflateRaw, inflateRawSync } from "node:zlib";
import { DecodeError } from "../../protocol/index.ts";

const deflate = promisify(deflateRaw);

/** First byte. */
const PLAIN = 0;
const DEFLATED = 1;
/** Below it the call costs more than the bytes. */
const DEFLATE_FROM_BYTES = 512;

/** Deflated on zlib's threads when that is worth it. */
export async function pack(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length < DEFLATE_FROM_BYTES) return Buffer.concat([Uint8Array.of(PLAIN), bytes]);
  const deflated = await deflate(bytes, { level: constants.Z_BEST_SPEED });
  return Buffer.concat([Uint8Array.of(DEFLATED), deflated]);
}

export function unpack(packed: Uint8Array): Uint8Array {
  const body = packed.subarray(1);
  if (packed[0] === PLAIN) return body;
  if (packed[0] === DEFLATED) {
    const { buffer, byteOffset, length } = inflateRawSync(body);
    return new Uint8Array(buffer, byteOffset, length);
  }
  throw new DecodeError(`an archived value has the unknown form ${packed[0]}`);
}
