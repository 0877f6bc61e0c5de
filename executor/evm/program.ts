import { paddedWord } from "./words.ts";

/** Pseudo opcodes of a decoded program: two or three instructions that compilers write next to each other. */
export const PUSH_JUMP = 0xb0;
export const PUSH_JUMPI = 0xb1;
export const ISZERO_PUSH_JUMPI = 0xb2;

const INVALID = 0xfe;
const ISZERO = 0x15;
const JUMP = 0x56;
const JUMPI = 0x57;
const JUMPDEST = 0x5b;
/** All of PUSH1 to PUSH32, of DUP1 to DUP16, of SWAP1 to SWAP16 run as the first of them. */
const PUSH1 = 0x60;
const PUSH32 = 0x7f;
const DUP1 = 0x80;
const SWAP1 = 0x90;
const SWAP16 = 0x9f;

/**
 * Code decoded once: `ops` is the code with a 0 in the place of every operand byte, so that a program counter means the
 * same in both; where known instructions follow each other the first one's place holds a pseudo opcode and the others keep
 * their own, so that running them one by one stays possible. It ends in STOPs, enough for a PUSH32 cut off.
 */
export interface Program {
  readonly ops: Uint8Array;
  /** Of a PUSH: the index in `constants`; of DUP and SWAP: their number; of a fused jump: where it goes on. */
  readonly operands: Uint32Array;
  readonly constants: readonly bigint[];
  /** 1 where a JUMPDEST stands that is no operand. */
  readonly validJumps: Uint8Array;
}

const programs = new WeakMap<Uint8Array, Program>();

/** Kept as long as the code's own array lives: the state store hands out one array per code. */
export function programOf(code: Uint8Array): Program {
  let program = programs.get(code);
  if (program === undefined) {
    program = decode(code);
    programs.set(code, program);
  }
  return program;
}

function decode(code: Uint8Array): Program {
  const { length } = code;
  const ops = new Uint8Array(length + 34);
  const operands = new Uint32Array(length + 34);
  const validJumps = new Uint8Array(length);
  const constants: bigint[] = [];
  for (let pc = 0; pc < length; ) {
    const op = code[pc] ?? 0;
    ops[pc] = op >= PUSH_JUMP && op <= 0xef ? INVALID : op;
    if (op === JUMPDEST) validJumps[pc] = 1;
    if (op >= DUP1 && op <= SWAP16) {
      ops[pc] = op < SWAP1 ? DUP1 : SWAP1;
      operands[pc] = op < SWAP1 ? op - DUP1 + 1 : op - SWAP1 + 1;
    }
    if (op < PUSH1 || op > PUSH32) {
      pc++;
      continue;
    }
    const size = op - PUSH1 + 1;
    ops[pc] = PUSH1;
    operands[pc] = constants.length;
    constants.push(constantAt(code, pc + 1, size));
    pc += size + 1;
  }
  fuse({ ops, operands, constants, validJumps }, code);
  return { ops, operands, constants, validJumps };
}

function constantAt(code: Uint8Array, start: number, size: number): bigint {
  if (size > 4) return paddedWord(code, start) >> BigInt(256 - 8 * size);
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (code[start + i] ?? 0);
  return BigInt(value);
}

function fuse({ ops, operands, constants, validJumps }: Program, code: Uint8Array): void {
  const { length } = code;
  for (let pc = 0; pc < length; ) {
    if (ops[pc] !== PUSH1) {
      pc++;
      continue;
    }
    const next = pc + (code[pc] ?? 0) - PUSH1 + 2;
    const jump = ops[next];
    const target = Number(constants[operands[pc] ?? 0] ?? 0n);
    if ((jump === JUMP || jump === JUMPI) && next < length && validJumps[target] === 1) {
      const before = pc - 1;
      if (jump === JUMPI && pc > 0 && ops[before] === ISZERO) {
        ops[before] = ISZERO_PUSH_JUMPI;
        operands[before] = target + 1;
      }
      ops[pc] = jump === JUMP ? PUSH_JUMP : PUSH_JUMPI;
      operands[pc] = target + 1;
    }
    pc = next;
  }
}
