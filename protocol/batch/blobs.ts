/**
 * A batch's bytes ↔ EIP-4844 blobs.
 *
 * A blob is 4,096 field elements of 32 bytes, each below the BLS12-381 scalar field's order, which 254 bits always are.
 * Four elements carry 127 bytes: 31 in the low bytes of each, and three more in the four times six bits left in the
 * elements' first bytes. So a blob holds 130,048 bytes; the first four are the batch's length.
 */
import { DecodeError, InvariantError } from "../errors.ts";

export const BLOB_BYTES = 4096 * 32;
const ELEMENT = 32;
const LOW_BYTES = ELEMENT - 1;
const GROUP_ELEMENTS = 4;
const GROUP_BYTES = GROUP_ELEMENTS * LOW_BYTES + 3;
const GROUPS = BLOB_BYTES / (GROUP_ELEMENTS * ELEMENT);
/** Bytes that a blob carries, the length aside that only the first one has. */
export const BLOB_PAYLOAD_BYTES = GROUPS * GROUP_BYTES;
const LENGTH_BYTES = 4;
/** More than any fork of Ethereum lets into a block so far, and what a batch's limit needs. */
const MAX_BLOBS = 72;

export function blobCount(bytes: number): number {
  return Math.ceil((LENGTH_BYTES + bytes) / BLOB_PAYLOAD_BYTES);
}

/** As few blobs as hold the data, zeros behind it. */
export function packBlobs(data: Uint8Array): Uint8Array[] {
  const count = blobCount(data.length);
  if (count > MAX_BLOBS) throw new InvariantError(`${data.length} bytes take ${count} blobs`);
  const payload = new Uint8Array(count * BLOB_PAYLOAD_BYTES);
  new DataView(payload.buffer).setUint32(0, data.length);
  payload.set(data, LENGTH_BYTES);
  return Array.from({ length: count }, (_, index) =>
    packBlob(payload.subarray(index * BLOB_PAYLOAD_BYTES, (index + 1) * BLOB_PAYLOAD_BYTES)),
  );
}

/** Only what `packBlobs` makes: no blob too many, no bit set that carries nothing. Else a DecodeError. */
export function unpackBlobs(blobs: Uint8Array[]): Uint8Array {
  if (blobs.length === 0) throw new DecodeError("blobs: there are none");
  if (blobs.length > MAX_BLOBS) throw new DecodeError(`blobs: ${blobs.length} are too many`);
  const payload = new Uint8Array(blobs.length * BLOB_PAYLOAD_BYTES);
  for (const [index, blob] of blobs.entries()) {
    if (blob.length !== BLOB_BYTES) throw new DecodeError(`blob ${index}: ${blob.length} bytes`);
    unpackBlob(blob, payload.subarray(index * BLOB_PAYLOAD_BYTES, (index + 1) * BLOB_PAYLOAD_BYTES));
  }
  const length = new DataView(payload.buffer).getUint32(0);
  if (blobCount(length) !== blobs.length) {
    throw new DecodeError(`blobs: ${blobs.length} for a batch of ${length} bytes`);
  }
  const end = LENGTH_BYTES + length;
  for (let at = end; at < payload.length; at++) {
    if (payload[at] !== 0) throw new DecodeError("blobs: something follows the batch");
  }
  return payload.slice(LENGTH_BYTES, end);
}

/** The three bytes after a group's 124 are 24 bits; six of them, highest first, lead each of the four elements. */
function packBlob(payload: Uint8Array): Uint8Array {
  const blob = new Uint8Array(BLOB_BYTES);
  for (let group = 0; group < GROUPS; group++) {
    const from = group * GROUP_BYTES;
    const extra = from + GROUP_ELEMENTS * LOW_BYTES;
    const bits = ((payload[extra] ?? 0) << 16) | ((payload[extra + 1] ?? 0) << 8) | (payload[extra + 2] ?? 0);
    for (let index = 0; index < GROUP_ELEMENTS; index++) {
      const at = (group * GROUP_ELEMENTS + index) * ELEMENT;
      blob[at] = (bits >> (18 - 6 * index)) & 0x3f;
      blob.set(payload.subarray(from + index * LOW_BYTES, from + (index + 1) * LOW_BYTES), at + 1);
    }
  }
  return blob;
}

function unpackBlob(blob: Uint8Array, payload: Uint8Array): void {
  for (let group = 0; group < GROUPS; group++) {
    const to = group * GROUP_BYTES;
    let bits = 0;
    for (let index = 0; index < GROUP_ELEMENTS; index++) {
      const at = (group * GROUP_ELEMENTS + index) * ELEMENT;
      const first = blob[at] ?? 0;
      if (first > 0x3f) throw new DecodeError("blob: a field element has more than 254 bits");
      bits = (bits << 6) | first;
      payload.set(blob.subarray(at + 1, at + ELEMENT), to + index * LOW_BYTES);
    }
    const extra = to + GROUP_ELEMENTS * LOW_BYTES;
    payload[extra] = bits >> 16;
    payload[extra + 1] = (bits >> 8) & 0xff;
    payload[extra + 2] = bits & 0xff;
  }
}
