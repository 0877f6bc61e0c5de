import fc from "fast-check";

/** Addresses of the contracts that the programs call, and of an account without code. */
export const CONTRACTS = [0xc0de01n, 0xc0de02n, 0xc0de03n].map((low) => (0xaan << 152n) | low);
export const DELEGATED = (0xaan << 152n) | 0xde1e6a7en;
export const PLAIN_ACCOUNT = (0xaan << 152n) | 0xe0an;

type Step =
  | { kind: "op"; op: number; args: bigint[]; keep: boolean }
  | { kind: "jump"; conditional: boolean; negate: boolean; to: number; condition: bigint }
  | { kind: "raw"; bytes: Uint8Array };

/** How many words each opcode takes; what is missing takes none. */
const TAKES: Record<number, number> = {
  ...every(1, [0x15, 0x19, 0x1e, 0x31, 0x35, 0x3b, 0x3f, 0x40, 0x49, 0x51, 0x54, 0x5c, 0xff]),
  ...every(2, [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14]),
  ...every(2, [0x16, 0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1d, 0x20, 0x52, 0x53, 0x55, 0x5d, 0xa0, 0xf3, 0xfd]),
  ...every(3, [0x08, 0x09, 0x37, 0x39, 0x3e, 0x5e, 0xa1, 0xf0]),
  ...every(4, [0x3c, 0xa2, 0xf5]),
  ...every(5, [0xa3]),
  ...every(6, [0xa4, 0xf4, 0xfa]),
  ...every(7, [0xf1, 0xf2]),
};
const FREE = [
  0x00, 0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x4a,
  0x50, 0x58, 0x59, 0x5a, 0x5b, 0x5f, 0x80, 0x81, 0x83, 0x8f, 0x90, 0x91, 0x9f,
];
const USUAL = Object.keys(TAKES).map(Number);
const CALLS = [0xf1, 0xf2, 0xf4, 0xfa];
const STATE = [0x54, 0x55, 0x5c, 0x5d, 0x31, 0x3b, 0x3c, 0x3f, 0x47];

function every(takes: number, ops: number[]): Record<number, number> {
  return Object.fromEntries(ops.map((op) => [op, takes]));
}

const edges = [31n, 32n, 33n, 255n, 256n, 257n, 2n ** 31n, 2n ** 32n, 2n ** 64n, 2n ** 255n, 2n ** 256n - 1n];
const small = fc.bigInt({ min: 0n, max: 80n });
const value = fc.oneof(
  { weight: 8, arbitrary: small },
  { weight: 2, arbitrary: fc.constantFrom(...edges) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }) },
);
const slot = fc.bigInt({ min: 0n, max: 3n });
const address = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...CONTRACTS, DELEGATED, PLAIN_ACCOUNT) },
  { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: 11n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 160n - 1n }) },
);
const gas = fc.oneof(fc.bigInt({ min: 0n, max: 60_000n }), fc.constant(2n ** 256n - 1n));

/** Arguments in the order in which they lie on the stack, top first. */
function argumentsOf(op: number): fc.Arbitrary<bigint[]> {
  const rest = (count: number) => fc.array(value, { minLength: count, maxLength: count });
  if (op === 0xf1 || op === 0xf2) {
    const amount = fc.oneof({ weight: 3, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: small });
    return fc.tuple(gas, address, amount, rest(4)).map(([a, b, c, d]) => [a, b, c, ...d]);
  }
  if (op === 0xf4 || op === 0xfa) return fc.tuple(gas, address, rest(4)).map(([a, b, c]) => [a, b, ...c]);
  if ([0x31, 0x3b, 0x3f, 0xff].includes(op)) return address.map((a) => [a]);
  if (op === 0x3c) return fc.tuple(address, rest(3)).map(([a, b]) => [a, ...b]);
  if ([0x54, 0x5c].includes(op)) return slot.map((a) => [a]);
  if ([0x55, 0x5d].includes(op))
    return fc.tuple(slot, fc.bigInt({ min: 0n, max: 2n })).map((pair) => [...pair]);
  return rest(TAKES[op] ?? 0);
}

const opcode = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...USUAL) },
  { weight: 4, arbitrary: fc.constantFrom(...FREE) },
  { weight: 4, arbitrary: fc.constantFrom(...CALLS) },
  { weight: 5, arbitrary: fc.constantFrom(...STATE) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 14,
    arbitrary: opcode.chain((op) =>
      fc.record({
        kind: fc.constant("op" as const),
        op: fc.constant(op),
        args: argumentsOf(op),
        keep: fc.boolean(),
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("jump" as const),
      conditional: fc.boolean(),
      negate: fc.boolean(),
      to: fc.nat(40),
      condition: fc.bigInt({ min: 0n, max: 1n }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("raw" as const),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 5 }),
    }),
  },
);

/** Bytecode that mostly does something before it halts: operands are pushed, jumps go to JUMPDESTs, mostly. */
export const randomProgram: fc.Arbitrary<Uint8Array> = fc
  .array(step, { minLength: 1, maxLength: 40 })
  .map(assemble);

const WORDS_LEFT = new Set([
  0x50, 0x52, 0x53, 0x55, 0x5d, 0x37, 0x39, 0x3c, 0x3e, 0x5e, 0x00, 0xf3, 0xfd, 0xff,
]);

function assemble(steps: Step[]): Uint8Array {
  const parts = steps.map(bytesOfStep);
  const starts: number[] = [];
  let length = 0;
  for (const part of parts) {
    starts.push(length);
    length += part.length;
  }
  steps.forEach((one, index) => {
    if (one.kind !== "jump") return;
    const target = starts[one.to % steps.length] ?? 0;
    const part = parts[index] ?? [];
    const at = part.length - 3;
    part[at] = target >> 8;
    part[at + 1] = target & 0xff;
  });
  return Uint8Array.from(parts.flat());
}

/** Every step starts at a JUMPDEST; a jump's target is filled in later. */
function bytesOfStep(one: Step): number[] {
  if (one.kind === "raw") return [0x5b, ...one.bytes];
  if (one.kind === "op") {
    const leaves =
      one.keep ||
      WORDS_LEFT.has(one.op) ||
      (one.op >= 0x50 && one.op !== 0x51 && one.op !== 0x54 && one.op < 0xf0);
    return [0x5b, ...[...one.args].reverse().flatMap(push), one.op, ...(leaves ? [] : [0x50])];
  }
  if (!one.conditional) return [0x5b, 0x61, 0, 0, 0x56];
  return [0x5b, ...push(one.condition), ...(one.negate ? [0x15] : []), 0x61, 0, 0, 0x57];
}

function push(word: bigint): number[] {
  const hex = word.toString(16);
  const bytes = [...Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex")];
  return [0x5f + bytes.length, ...bytes];
}
