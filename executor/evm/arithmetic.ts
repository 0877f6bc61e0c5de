/** The arithmetic that takes more than one operator. All operands and results are words below 2^256. */

export function exponentBytes(power: bigint): number {
  return power === 0n ? 0 : Math.ceil(power.toString(16).length / 2);
}

export function exponent(base: bigint, power: bigint): bigint {
  if (power < 16n) return BigInt.asUintN(256, base ** power);
  let result = 1n;
  let square = base;
  for (let rest = power; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = BigInt.asUintN(256, result * square);
    square = BigInt.asUintN(256, square * square);
  }
  return result;
}

/** `last`: the index of the byte, from the right, that holds the sign. */
export function signExtend(last: bigint, value: bigint): bigint {
  return last > 30n ? value : BigInt.asUintN(256, BigInt.asIntN(Number(last) * 8 + 8, value));
}

export function clz256(value: bigint): bigint {
  return value === 0n ? 256n : BigInt(256 - value.toString(2).length);
}
