const CHUNK_BYTES = 65_536;

/**
 * Keeps many short byte strings in few large buffers: allocating each alone costs more than hashing it.
 * A string holds its whole chunk in memory, so strings of one arena should be dropped together.
 */
export class ByteArena {
  #chunk = new Uint8Array(0);
  #used = 0;

  /** Room for `length` bytes, which the caller fills. */
  take(length: number): Uint8Array {
    if (length > CHUNK_BYTES >> 2) return new Uint8Array(length);
    if (this.#used + length > this.#chunk.length) {
      this.#chunk = new Uint8Array(CHUNK_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += length;
    return this.#chunk.subarray(start, this.#used);
  }

  copy(bytes: Uint8Array): Uint8Array {
    const copy = this.take(bytes.length);
    copy.set(bytes);
    return copy;
  }
}
