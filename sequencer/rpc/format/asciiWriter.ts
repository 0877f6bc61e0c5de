const DIGITS = Buffer.from("0123456789abcdef", "latin1");
const HIGH = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS[byte >> 4] ?? 0);
const LOW = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS[byte & 15] ?? 0);

/** Below this length a loop is quicker than a call into Node. */
const SHORT = 24;
/** Memory up to this size is kept for the next text: fresh memory costs more than what is written into it. */
const KEPT_BYTES = 4 * 1024 * 1024;
let kept = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Writes a long ASCII text in one piece of memory: joining many short strings, hex above all, costs several times
 * more. Writers share that memory, so one text is finished before the next is begun.
 */
export class AsciiWriter {
  private bytes = kept;
  private at = 0;

  /** Must be ASCII. */
  text(text: string): this {
    const { length } = text;
    this.reserve(length);
    const { bytes, at } = this;
    if (length >= SHORT) bytes.write(text, at, "latin1");
    else for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index);
    this.at += length;
    return this;
  }

  /** Two lower-case digits a byte, without `0x`. */
  hex(data: Uint8Array): this {
    const { length } = data;
    this.reserve(2 * length);
    const { bytes } = this;
    let { at } = this;
    for (let index = 0; index < length; index++) {
      const byte = data[index] ?? 0;
      bytes[at++] = HIGH[byte] ?? 0;
      bytes[at++] = LOW[byte] ?? 0;
    }
    this.at = at;
    return this;
  }

  toString(): string {
    return this.bytes.toString("latin1", 0, this.at);
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.at + more));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
    if (larger.length <= KEPT_BYTES) kept = larger;
  }
}
