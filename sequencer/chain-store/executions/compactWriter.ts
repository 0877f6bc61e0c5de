/** Appends small numbers and byte strings to one growing buffer; `CompactReader` reads them back. */
export class CompactWriter {
  private buffer = Buffer.allocUnsafe(1024);
  private length = 0;

  /** Unsigned LEB128. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.length++] = rest;
  }

  bytes(value: Uint8Array): void {
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  /** 32 bytes without their leading zeros: most slots are small numbers or hashes. */
  word(value: Uint8Array): void {
    let zeros = 0;
    while (zeros < value.length && value[zeros] === 0) zeros++;
    this.varint(value.length - zeros);
    this.bytes(value.subarray(zeros));
  }

  /** Shares memory with the writer. */
  finish(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private reserve(extra: number): void {
    if (this.length + extra <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + extra));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
