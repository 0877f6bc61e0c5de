import { hasWords } from "./calldata.ts";
import type { Envelope } from "./envelope.ts";

/**
 * The byte that opens a transaction. Its lowest three bits are the type: 0, 1, 2 or 4. `raw` stands alone.
 */
export const KIND = {
  type: 0x07,
  /** No recipient. */
  creation: 0x08,
  /** The lists are not both empty; of a legacy transaction: it has no chain id. */
  lists: 0x10,
  calldata: 0x60,
  /** Calldata is a selector and words. */
  words: 0x20,
  /** Calldata is bytes. */
  bytes: 0x40,
  /** The envelope stands as it is in column `raw`. */
  raw: 0x80,
} as const;

export function calldataForm({ data, to }: Envelope): 0 | typeof KIND.words | typeof KIND.bytes {
  if (data.length === 0) return 0;
  return to.length > 0 && hasWords(data) ? KIND.words : KIND.bytes;
}
