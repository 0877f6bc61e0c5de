/**
 * Writes byte strings as the text of a PostgreSQL `bytea[]`; undefined is null. Several times faster than the driver's
 * array serializer, which escapes each element with regular expressions. The parameter needs a `::bytea[]` cast.
 */
export function byteaArray<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => Uint8Array | undefined,
): string {
  const parts: string[] = [];
  for (const item of items) {
    const bytes = bytesOf(item);
    parts.push(bytes === undefined ? "null" : `"\\\\x${toHex(bytes)}"`);
  }
  return `{${parts.join(",")}}`;
}

/** The text of an array of numbers: `int[]`, `bigint[]` or `numeric[]`, as the cast says; undefined is null. */
export function numberArray<Item>(
  items: readonly Item[],
  numberOf: (item: Item) => number | bigint | undefined,
): string {
  const parts: string[] = [];
  for (const item of items) parts.push(numberOf(item)?.toString() ?? "null");
  return `{${parts.join(",")}}`;
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
