/**
 * Writes RLP from back to front into one growing buffer: when a list's header is due, its length is known, so nothing
 * is measured or copied twice. Callers write the last item first.
 */
export class RlpWriter {
  #buffer = Buffer.allocUnsafe(16 * 1024);
  /** Where what has been written starts. */
  #start = this.#buffer.length;

  /** Bytes written so far: remember it before a list's items, give it to {@link list} after them. */
  mark(): number {
    return this.#buffer.length - this.#start;
  }

  bytes(value: Uint8Array): void {
    this.#string(value, 0);
  }

  /** A big-endian number: its leading zeros are left out. */
  number(value: Uint8Array): void {
    let zeros = 0;
    while (zeros < value.length && value[zeros] === 0) zeros++;
    this.#string(value, zeros);
  }

  uint(value: bigint): void {
    if (value > 0xffff_ffff_ffffn) {
      const hex = value.toString(16);
      this.bytes(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex"));
      return;
    }
    const before = this.mark();
    this.#integer(Number(value));
    const length = this.mark() - before;
    if (length !== 1 || (this.#buffer[this.#start] ?? 0) >= 0x80) this.#header(length, 0x80);
  }

  /** Closes the list of all that was written since `mark`. */
  list(mark: number): void {
    this.#header(this.mark() - mark, 0xc0);
  }

  finish(): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(this.#start));
  }

  #string(value: Uint8Array, from: number): void {
    const length = value.length - from;
    this.#reserve(length);
    this.#start -= length;
    // A loop beats the call into native code for what is this short.
    if (length <= 32) for (let i = 0; i < length; i++) this.#buffer[this.#start + i] = value[from + i] ?? 0;
    else this.#buffer.set(value.subarray(from), this.#start);
    if (length !== 1 || (value[from] ?? 0) >= 0x80) this.#header(length, 0x80);
  }

  #header(length: number, base: 0x80 | 0xc0): void {
    if (length < 56) {
      this.#byte(base + length);
      return;
    }
    const before = this.mark();
    this.#integer(length);
    this.#byte(base + 55 + this.mark() - before);
  }

  #integer(value: number): void {
    for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) this.#byte(rest % 256);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#start -= 1;
    this.#buffer[this.#start] = value;
  }

  #reserve(length: number): void {
    if (length <= this.#start) return;
    const written = this.mark();
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, written + length));
    this.#buffer.copy(grown, grown.length - written, this.#start);
    this.#buffer = grown;
    this.#start = grown.length - written;
  }
}
