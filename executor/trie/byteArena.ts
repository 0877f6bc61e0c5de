const CHUNK_BYTES = 65_536;

/**
 * Keeps copies of many short byte strings in few large buffers: allocating each alone costs more than hashing it.
 * A copy holds its whole chunk in memory, so copies of one arena should be dropped together.
 */
export class ByteArena {
  #chunk = new Uint8Array(0);
  #used = 0;

  copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length > CHUNK_BYTES >> 2) return new Uint8Array(bytes);
    if (this.#used + bytes.length > this.#chunk.length) {
      this.#chunk = new Uint8Array(CHUNK_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += bytes.length;
    this.#chunk.set(bytes, start);
    return this.#chunk.subarray(start, this.#used);
  }
}
