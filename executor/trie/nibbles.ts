/** Paths are one nibble a byte while a trie is worked on, hex-prefix ("compact") inside node encodings. */

export function bytesToNibbles(bytes: Uint8Array): Uint8Array {
  const nibbles = new Uint8Array(bytes.length * 2);
  for (let i = 0, j = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    nibbles[j++] = byte >> 4;
    nibbles[j++] = byte & 15;
  }
  return nibbles;
}

/** Nibbles of a hex-prefix path; the flag nibble is dropped. */
export function compactToNibbles(compact: Uint8Array): Uint8Array {
  const head = compact[0] ?? 0;
  const odd = (head & 0x10) !== 0;
  const nibbles = new Uint8Array((compact.length - 1) * 2 + (odd ? 1 : 0));
  let at = 0;
  if (odd) nibbles[at++] = head & 15;
  for (let i = 1; i < compact.length; i++) {
    const byte = compact[i] ?? 0;
    nibbles[at++] = byte >> 4;
    nibbles[at++] = byte & 15;
  }
  return nibbles;
}

/** How many nibbles `key` from `depth` on shares with `path`. */
export function sharedLength(key: Uint8Array, depth: number, path: Uint8Array): number {
  const limit = Math.min(key.length - depth, path.length);
  let length = 0;
  while (length < limit && key[depth + length] === path[length]) length++;
  return length;
}

export function joinNibbles(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
