const HASH_BYTES = 32;
/** A branch with 16 hashes, the longest node of a state trie, has 532. */
const SLOT_BYTES = 544;

/**
 * A cache of node encodings in one block of memory: each hash has one slot, and the last node put there stays.
 * Nothing of it is seen by the garbage collector. Nodes are named by their content, so an entry is never wrong.
 */
export class NodeCache {
  readonly #mask: number;
  readonly #hashes: Uint8Array;
  readonly #lengths: Uint16Array;
  readonly #bytes: Uint8Array;

  /** `maxNodes` is rounded up to a power of two, at most 2^24. */
  constructor(maxNodes: number) {
    const slots = 2 ** Math.min(24, Math.ceil(Math.log2(Math.max(1, maxNodes))));
    this.#mask = slots - 1;
    this.#hashes = new Uint8Array(slots * HASH_BYTES);
    this.#lengths = new Uint16Array(slots);
    this.#bytes = new Uint8Array(slots * SLOT_BYTES);
  }

  /** A view that the next {@link set} may overwrite. */
  get(hash: Uint8Array): Uint8Array | undefined {
    const slot = this.#slot(hash);
    const length = this.#lengths[slot] ?? 0;
    if (length === 0) return undefined;
    for (let i = 0, at = slot * HASH_BYTES; i < HASH_BYTES; i++, at++) {
      if (this.#hashes[at] !== hash[i]) return undefined;
    }
    return this.#bytes.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + length);
  }

  set(hash: Uint8Array, rlp: Uint8Array): void {
    if (rlp.length > SLOT_BYTES) return;
    const slot = this.#slot(hash);
    this.#hashes.set(hash, slot * HASH_BYTES);
    this.#lengths[slot] = rlp.length;
    this.#bytes.set(rlp, slot * SLOT_BYTES);
  }

  #slot(hash: Uint8Array): number {
    return ((hash[0] ?? 0) | ((hash[1] ?? 0) << 8) | ((hash[2] ?? 0) << 16)) & this.#mask;
  }
}
