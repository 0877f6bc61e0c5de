import { bytesToBigInt } from "../../protocol/index.ts";

const NUMBER_BYTES = 6;
export const HIGHEST_NUMBER = 2 ** (8 * NUMBER_BYTES) - 1;
const VALUE_BYTES = 8;

/** Big-endian: keys ascend as numbers do. */
export function numberKey(number: number): Buffer {
  const key = Buffer.allocUnsafe(NUMBER_BYTES);
  key.writeUIntBE(number, 0, NUMBER_BYTES);
  return key;
}

/** The number that a key ends with. */
export function numberOf(key: Uint8Array): number {
  return Number(bytesToBigInt(key.subarray(key.length - NUMBER_BYTES)));
}

export function accountKey(address: Uint8Array, block: number): Buffer {
  return Buffer.concat([address, numberKey(block)]);
}

/** Position of a value in a log: 0 is the address, 1 … 4 the topics. */
export function logKey(position: number, value: Uint8Array, block: number): Buffer {
  const key = Buffer.alloc(1 + VALUE_BYTES + NUMBER_BYTES);
  key[0] = position;
  fold(key, value);
  key.writeUIntBE(block, 1 + VALUE_BYTES, NUMBER_BYTES);
  return key;
}

/**
 * Eight bytes of a value's thirty-two: two values with the same are looked at together, and told apart by the logs
 * themselves.
 */
function fold(key: Buffer, value: Uint8Array): void {
  for (let index = 0; index < value.length; index++) {
    const at = 1 + (index % VALUE_BYTES);
    key[at] = (key[at] ?? 0) ^ (value[index] ?? 0);
  }
}
