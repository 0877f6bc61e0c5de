import { RLP } from "@ethereumjs/rlp";

const BLOB_TYPE = 3;

/**
 * A blob transaction as it is sent around has its blobs, commitments and proofs behind it (EIP-4844, EIP-7594); in the
 * chain it stands without. Gives the latter for either, and everything else back as it is.
 */
export function withoutBlobs(raw: Uint8Array): Uint8Array {
  if (raw[0] !== BLOB_TYPE) return raw;
  const outer = RLP.decode(raw.subarray(1));
  const inner = Array.isArray(outer) ? outer[0] : undefined;
  if (!Array.isArray(inner)) return raw;
  const encoded = RLP.encode(inner);
  const envelope = new Uint8Array(1 + encoded.length);
  envelope[0] = BLOB_TYPE;
  envelope.set(encoded, 1);
  return envelope;
}
