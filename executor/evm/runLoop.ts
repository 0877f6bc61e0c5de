import { EVMError } from "@ethereumjs/evm";
import { EMPTY_BYTES } from "../../protocol/index.ts";
import { clz256, exponent, exponentBytes, signExtend } from "./arithmetic.ts";
import type { Frame } from "./frame.ts";
import { balance, codeHash, copyExternalCode, externalCodeSize, sload, sstore } from "./stateOps.ts";
import { bytesToWord, paddedWord, readWord, wordToBytes32, wordToShortBytes, writeWord } from "./words.ts";

/** Why the loop came back. */
export const HALTED = 0;
/** The instruction at the program counter, not yet paid for, is a call that the caller has to make. */
export const CALL = 1;
/** The instruction at the program counter, of which nothing is done yet, is for the stock step. */
export const STOCK_STEP = 2;

const TWO_256 = 1n << 256n;
const MAX_WORD = TWO_256 - 1n;
/** Offsets and lengths from here on cost more than any frame has. */
const MAX_OFFSET = 0x7fff_ffff;
const MAX_HEIGHT = 1024;

/** Per opcode: words that must be on the stack (DUP and SWAP see for themselves), and the height from which its result does not fit. */
const TAKES = new Uint8Array(256);
const ROOF = new Uint16Array(256).fill(MAX_HEIGHT + 1);
for (const [takes, ops] of [
  [1, [0x15, 0x19, 0x1e, 0x31, 0x35, 0x3b, 0x3f, 0x40, 0x49, 0x50, 0x51, 0x54, 0x56, 0x5c, 0xb1, 0xb2]],
  [2, [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18]],
  [2, [0x1a, 0x1b, 0x1c, 0x1d, 0x20, 0x52, 0x53, 0x55, 0x57, 0x5d, 0xa0, 0xf3, 0xfd]],
  [3, [0x08, 0x09, 0x37, 0x39, 0x3e, 0x5e, 0xa1]],
  [4, [0x3c, 0xa2]],
  [5, [0xa3]],
  [6, [0xa4, 0xf4, 0xfa]],
  [7, [0xf1, 0xf2]],
] as const) {
  for (const op of ops) TAKES[op] = takes;
}
for (const op of [0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x58, 0x59, 0x5a, 0xb0, 0xb1, 0xb2]) {
  ROOF[op] = MAX_HEIGHT;
}
for (let op = 0x41; op <= 0x48; op++) ROOF[op] = MAX_HEIGHT;
for (const op of [0x5f, 0x60, 0x80]) ROOF[op] = MAX_HEIGHT;

/**
 * Runs instructions until the frame halts or comes to one that this loop does not do.
 *
 * Only what succeeds is done here. Whatever fails (gas, stack, a bad jump, a write in a static call …) is handed to
 * the stock step before anything of the instruction has happened, so that every exception is EthereumJS's own. One
 * long function, because the counters must live in registers.
 */
export function runLoop(frame: Frame): number {
  const { context, program, stack, message, code } = frame;
  const { rules } = context;
  const { fees } = rules;
  const { ops, operands, constants, validJumps } = program;
  const callData = message.data;
  let { pc, height, gas } = frame;
  let { bytes, view } = frame.memory;
  let exit = STOCK_STEP;

  loop: for (;;) {
    const op = ops[pc] ?? 0;
    gas -= fees[op] ?? 0;
    if (gas < 0 || height < (TAKES[op] ?? 0) || height >= (ROOF[op] ?? 0)) break;
    switch (op) {
      case 0x00:
        exit = HALTED;
        break loop;
      case 0x01: {
        const sum = (stack[height - 1] ?? 0n) + (stack[height - 2] ?? 0n);
        stack[--height - 1] = sum >= TWO_256 ? sum - TWO_256 : sum;
        pc++;
        continue;
      }
      case 0x02: {
        const product = (stack[height - 1] ?? 0n) * (stack[height - 2] ?? 0n);
        stack[--height - 1] = product >= TWO_256 ? BigInt.asUintN(256, product) : product;
        pc++;
        continue;
      }
      case 0x03: {
        const difference = (stack[height - 1] ?? 0n) - (stack[height - 2] ?? 0n);
        stack[--height - 1] = difference < 0n ? difference + TWO_256 : difference;
        pc++;
        continue;
      }
      case 0x04: {
        const divisor = stack[height - 2] ?? 0n;
        stack[height - 2] = divisor === 0n ? 0n : (stack[height - 1] ?? 0n) / divisor;
        height--;
        pc++;
        continue;
      }
      case 0x05: {
        const divisor = BigInt.asIntN(256, stack[height - 2] ?? 0n);
        const dividend = BigInt.asIntN(256, stack[height - 1] ?? 0n);
        stack[height - 2] = divisor === 0n ? 0n : BigInt.asUintN(256, dividend / divisor);
        height--;
        pc++;
        continue;
      }
      case 0x06: {
        const divisor = stack[height - 2] ?? 0n;
        stack[height - 2] = divisor === 0n ? 0n : (stack[height - 1] ?? 0n) % divisor;
        height--;
        pc++;
        continue;
      }
      case 0x07: {
        const divisor = BigInt.asIntN(256, stack[height - 2] ?? 0n);
        const dividend = BigInt.asIntN(256, stack[height - 1] ?? 0n);
        stack[height - 2] = divisor === 0n ? 0n : BigInt.asUintN(256, dividend % divisor);
        height--;
        pc++;
        continue;
      }
      case 0x08: {
        const modulus = stack[height - 3] ?? 0n;
        const sum = (stack[height - 1] ?? 0n) + (stack[height - 2] ?? 0n);
        stack[height - 3] = modulus === 0n ? 0n : sum % modulus;
        height -= 2;
        pc++;
        continue;
      }
      case 0x09: {
        const modulus = stack[height - 3] ?? 0n;
        const product = (stack[height - 1] ?? 0n) * (stack[height - 2] ?? 0n);
        stack[height - 3] = modulus === 0n ? 0n : product % modulus;
        height -= 2;
        pc++;
        continue;
      }
      case 0x0a: {
        const power = stack[height - 2] ?? 0n;
        const fee = rules.expByteGas * exponentBytes(power);
        if (fee > gas) break loop;
        gas -= fee;
        stack[height - 2] = exponent(stack[height - 1] ?? 0n, power);
        height--;
        pc++;
        continue;
      }
      case 0x0b:
        stack[height - 2] = signExtend(stack[height - 1] ?? 0n, stack[height - 2] ?? 0n);
        height--;
        pc++;
        continue;
      case 0x10:
        stack[height - 2] = (stack[height - 1] ?? 0n) < (stack[height - 2] ?? 0n) ? 1n : 0n;
        height--;
        pc++;
        continue;
      case 0x11:
        stack[height - 2] = (stack[height - 1] ?? 0n) > (stack[height - 2] ?? 0n) ? 1n : 0n;
        height--;
        pc++;
        continue;
      case 0x12: {
        const a = BigInt.asIntN(256, stack[height - 1] ?? 0n);
        stack[height - 2] = a < BigInt.asIntN(256, stack[height - 2] ?? 0n) ? 1n : 0n;
        height--;
        pc++;
        continue;
      }
      case 0x13: {
        const a = BigInt.asIntN(256, stack[height - 1] ?? 0n);
        stack[height - 2] = a > BigInt.asIntN(256, stack[height - 2] ?? 0n) ? 1n : 0n;
        height--;
        pc++;
        continue;
      }
      case 0x14:
        stack[height - 2] = stack[height - 1] === stack[height - 2] ? 1n : 0n;
        height--;
        pc++;
        continue;
      case 0x15:
        stack[height - 1] = stack[height - 1] === 0n ? 1n : 0n;
        pc++;
        continue;
      case 0x16:
        stack[height - 2] = (stack[height - 1] ?? 0n) & (stack[height - 2] ?? 0n);
        height--;
        pc++;
        continue;
      case 0x17:
        stack[height - 2] = (stack[height - 1] ?? 0n) | (stack[height - 2] ?? 0n);
        height--;
        pc++;
        continue;
      case 0x18:
        stack[height - 2] = (stack[height - 1] ?? 0n) ^ (stack[height - 2] ?? 0n);
        height--;
        pc++;
        continue;
      case 0x19:
        stack[height - 1] = MAX_WORD - (stack[height - 1] ?? 0n);
        pc++;
        continue;
      case 0x1a: {
        const position = stack[height - 1] ?? 0n;
        const word = stack[height - 2] ?? 0n;
        stack[height - 2] = position > 31n ? 0n : (word >> ((31n - position) * 8n)) & 0xffn;
        height--;
        pc++;
        continue;
      }
      case 0x1b: {
        const shift = stack[height - 1] ?? 0n;
        stack[height - 2] = shift > 255n ? 0n : BigInt.asUintN(256, (stack[height - 2] ?? 0n) << shift);
        height--;
        pc++;
        continue;
      }
      case 0x1c: {
        const shift = stack[height - 1] ?? 0n;
        stack[height - 2] = shift > 255n ? 0n : (stack[height - 2] ?? 0n) >> shift;
        height--;
        pc++;
        continue;
      }
      case 0x1d: {
        const shift = stack[height - 1] ?? 0n;
        const value = BigInt.asIntN(256, stack[height - 2] ?? 0n);
        stack[height - 2] = BigInt.asUintN(256, value >> (shift > 255n ? 255n : shift));
        height--;
        pc++;
        continue;
      }
      case 0x1e:
        stack[height - 1] = clz256(stack[height - 1] ?? 0n);
        pc++;
        continue;
      case 0x20: {
        const offset = Number(stack[height - 1]);
        const length = Number(stack[height - 2]);
        let fee = rules.keccak256WordGas * Math.ceil(length / 32);
        if (length !== 0) {
          if (offset > MAX_OFFSET || length > MAX_OFFSET) break loop;
          fee += frame.expansionFee(offset + length);
        }
        if (fee > gas) break loop;
        gas -= fee;
        if (length !== 0 && offset + length > frame.size) {
          frame.expand(offset + length);
          ({ bytes, view } = frame.memory);
        }
        const data = length === 0 ? EMPTY_BYTES : bytes.subarray(offset, offset + length);
        stack[height - 2] = bytesToWord(rules.keccak256(data));
        height--;
        pc++;
        continue;
      }
      case 0x30:
        stack[height++] = bytesToWord(frame.address.bytes);
        pc++;
        continue;
      case 0x31: {
        const fee = balance(frame, height, gas);
        if (fee < 0) break loop;
        gas -= fee;
        pc++;
        continue;
      }
      case 0x32:
        stack[height++] = bytesToWord(context.origin.bytes);
        pc++;
        continue;
      case 0x33:
        stack[height++] = bytesToWord(message.caller.bytes);
        pc++;
        continue;
      case 0x34:
        stack[height++] = message.value;
        pc++;
        continue;
      case 0x35: {
        const offset = Number(stack[height - 1]);
        stack[height - 1] = paddedWord(callData, offset);
        pc++;
        continue;
      }
      case 0x36:
        stack[height++] = BigInt(callData.length);
        pc++;
        continue;
      case 0x37:
      case 0x39:
      case 0x3e: {
        const target = Number(stack[height - 1]);
        const source = Number(stack[height - 2]);
        const length = Number(stack[height - 3]);
        const data = op === 0x37 ? callData : op === 0x39 ? code : frame.returnData;
        if (op === 0x3e && source + length > data.length) break loop;
        if (length !== 0) {
          if (target > MAX_OFFSET || length > MAX_OFFSET) break loop;
          const fee = frame.expansionFee(target + length) + rules.copyGas * Math.ceil(length / 32);
          if (fee > gas) break loop;
          gas -= fee;
          if (target + length > frame.size) {
            frame.expand(target + length);
            ({ bytes, view } = frame.memory);
          }
          copyPadded(bytes, target, data, source, length);
        }
        height -= 3;
        pc++;
        continue;
      }
      case 0x38:
        stack[height++] = BigInt(code.length);
        pc++;
        continue;
      case 0x3a:
        stack[height++] = context.gasPrice;
        pc++;
        continue;
      case 0x3b: {
        const fee = externalCodeSize(frame, height, gas);
        if (fee < 0) break loop;
        gas -= fee;
        pc++;
        continue;
      }
      case 0x3c: {
        const fee = copyExternalCode(frame, height, gas);
        if (fee < 0) break loop;
        gas -= fee;
        ({ bytes, view } = frame.memory);
        height -= 4;
        pc++;
        continue;
      }
      case 0x3d:
        stack[height++] = BigInt(frame.returnData.length);
        pc++;
        continue;
      case 0x3f: {
        const fee = codeHash(frame, height, gas);
        if (fee < 0) break loop;
        gas -= fee;
        pc++;
        continue;
      }
      case 0x41:
        stack[height++] = bytesToWord(context.header.coinbase.bytes);
        pc++;
        continue;
      case 0x42:
        stack[height++] = context.header.timestamp;
        pc++;
        continue;
      case 0x43:
        stack[height++] = context.header.number;
        pc++;
        continue;
      case 0x44:
        stack[height++] = rules.eip4399 ? bytesToWord(context.header.prevRandao) : context.header.difficulty;
        pc++;
        continue;
      case 0x45:
        stack[height++] = context.header.gasLimit;
        pc++;
        continue;
      case 0x46:
        stack[height++] = rules.common.chainId();
        pc++;
        continue;
      case 0x47:
        stack[height++] = context.state?.accountNow(frame.address)?.balance ?? 0n;
        pc++;
        continue;
      case 0x48: {
        const baseFee = context.header.baseFeePerGas;
        if (baseFee === undefined) break loop;
        stack[height++] = baseFee;
        pc++;
        continue;
      }
      case 0x49: {
        const hash = message.blobVersionedHashes?.[Number(stack[height - 1])];
        stack[height - 1] = hash === undefined ? 0n : BigInt(hash);
        pc++;
        continue;
      }
      case 0x50:
        height--;
        pc++;
        continue;
      case 0x51: {
        const offset = Number(stack[height - 1]);
        if (offset + 32 > frame.size) {
          if (offset > MAX_OFFSET) break loop;
          const fee = frame.expansionFee(offset + 32);
          if (fee > gas) break loop;
          gas -= fee;
          frame.expand(offset + 32);
          ({ bytes, view } = frame.memory);
        }
        stack[height - 1] = readWord(view, offset);
        pc++;
        continue;
      }
      case 0x52: {
        const offset = Number(stack[height - 1]);
        if (offset + 32 > frame.size) {
          if (offset > MAX_OFFSET) break loop;
          const fee = frame.expansionFee(offset + 32);
          if (fee > gas) break loop;
          gas -= fee;
          frame.expand(offset + 32);
          ({ bytes, view } = frame.memory);
        }
        writeWord(view, offset, stack[height - 2] ?? 0n);
        height -= 2;
        pc++;
        continue;
      }
      case 0x53: {
        const offset = Number(stack[height - 1]);
        if (offset + 1 > frame.size) {
          if (offset > MAX_OFFSET) break loop;
          const fee = frame.expansionFee(offset + 1);
          if (fee > gas) break loop;
          gas -= fee;
          frame.expand(offset + 1);
          ({ bytes, view } = frame.memory);
        }
        bytes[offset] = Number((stack[height - 2] ?? 0n) & 0xffn);
        height -= 2;
        pc++;
        continue;
      }
      case 0x54: {
        const fee = sload(frame, height, gas);
        if (fee < 0) break loop;
        gas -= fee;
        pc++;
        continue;
      }
      case 0x55: {
        const fee = sstore(frame, height, gas);
        if (fee < 0) break loop;
        gas -= fee;
        height -= 2;
        pc++;
        continue;
      }
      case 0x56: {
        const target = Number(stack[height - 1]);
        if (validJumps[target] !== 1) break loop;
        height--;
        pc = target;
        continue;
      }
      case 0x57: {
        if (stack[height - 2] === 0n) {
          pc++;
        } else {
          const target = Number(stack[height - 1]);
          if (validJumps[target] !== 1) break loop;
          pc = target;
        }
        height -= 2;
        continue;
      }
      case 0x58:
        stack[height++] = BigInt(pc);
        pc++;
        continue;
      case 0x59:
        stack[height++] = BigInt(frame.size);
        pc++;
        continue;
      case 0x5a:
        stack[height++] = BigInt(gas + frame.reserve);
        pc++;
        continue;
      case 0x5b:
        pc++;
        continue;
      case 0x5c: {
        const slot = wordToBytes32(stack[height - 1] ?? 0n);
        stack[height - 1] = bytesToWord(context.transientStorage.get(frame.address, slot));
        pc++;
        continue;
      }
      case 0x5d: {
        if (message.isStatic) break loop;
        const value = wordToShortBytes(stack[height - 2] ?? 0n);
        context.transientStorage.put(frame.address, wordToBytes32(stack[height - 1] ?? 0n), value);
        height -= 2;
        pc++;
        continue;
      }
      case 0x5e: {
        const target = Number(stack[height - 1]);
        const source = Number(stack[height - 2]);
        const length = Number(stack[height - 3]);
        if (length !== 0) {
          if (target > MAX_OFFSET || source > MAX_OFFSET || length > MAX_OFFSET) break loop;
          const end = Math.max(target, source) + length;
          const fee = frame.expansionFee(end) + rules.copyGas * Math.ceil(length / 32);
          if (fee > gas) break loop;
          gas -= fee;
          if (end > frame.size) {
            frame.expand(end);
            ({ bytes, view } = frame.memory);
          }
          bytes.copyWithin(target, source, source + length);
        }
        height -= 3;
        pc++;
        continue;
      }
      case 0x5f:
        stack[height++] = 0n;
        pc++;
        continue;
      case 0x60:
        stack[height++] = constants[operands[pc] ?? 0] ?? 0n;
        pc += (code[pc] ?? 0) - 0x5e;
        continue;
      case 0x80: {
        const deep = height - (operands[pc] ?? 0);
        if (deep < 0) break loop;
        stack[height++] = stack[deep] ?? 0n;
        pc++;
        continue;
      }
      case 0x90: {
        const deep = height - 1 - (operands[pc] ?? 0);
        if (deep < 0) break loop;
        const top = stack[height - 1] ?? 0n;
        stack[height - 1] = stack[deep] ?? 0n;
        stack[deep] = top;
        pc++;
        continue;
      }
      case 0xb0:
        pc = operands[pc] ?? 0;
        continue;
      case 0xb1:
        if (stack[--height] === 0n) {
          pc += (code[pc] ?? 0) - 0x5d;
        } else {
          if (gas === 0) {
            height++;
            break loop;
          }
          gas--;
          pc = operands[pc] ?? 0;
        }
        continue;
      case 0xb2:
        if (stack[--height] !== 0n) {
          pc += (code[pc + 1] ?? 0) - 0x5c;
        } else {
          if (gas === 0) {
            height++;
            break loop;
          }
          gas--;
          pc = operands[pc] ?? 0;
        }
        continue;
      case 0xa0:
      case 0xa1:
      case 0xa2:
      case 0xa3:
      case 0xa4: {
        const offset = Number(stack[height - 1]);
        const length = Number(stack[height - 2]);
        const topicCount = op - 0xa0;
        if (message.isStatic) break loop;
        let fee = rules.logTopicGas * topicCount + rules.logDataGas * length;
        if (length !== 0) {
          if (offset > MAX_OFFSET || length > MAX_OFFSET) break loop;
          fee += frame.expansionFee(offset + length);
        }
        if (fee > gas) break loop;
        gas -= fee;
        if (length !== 0) frame.expand(offset + length);
        ({ bytes, view } = frame.memory);
        const topics: Uint8Array[] = [];
        for (let i = 0; i < topicCount; i++) topics.push(wordToBytes32(stack[height - 3 - i] ?? 0n));
        const data = length === 0 ? new Uint8Array(0) : bytes.slice(offset, offset + length);
        frame.result.logs.push([frame.address.bytes, topics, data]);
        height -= 2 + topicCount;
        pc++;
        continue;
      }
      case 0xf1:
      case 0xf2:
      case 0xf4:
      case 0xfa:
        exit = CALL;
        break loop;
      case 0xf3:
      case 0xfd: {
        const offset = Number(stack[height - 1]);
        const length = Number(stack[height - 2]);
        if (length !== 0) {
          if (offset > MAX_OFFSET || length > MAX_OFFSET) break loop;
          const fee = frame.expansionFee(offset + length);
          if (fee > gas) break loop;
          gas -= fee;
          frame.expand(offset + length);
        }
        frame.result.returnValue =
          length === 0 ? new Uint8Array(0) : frame.memory.bytes.slice(offset, offset + length);
        if (op === 0xfd) frame.error = new EVMError(EVMError.errorMessages.REVERT);
        exit = HALTED;
        break loop;
      }
      default:
        break loop;
    }
  }

  if (exit !== HALTED) gas += fees[ops[pc] ?? 0] ?? 0;
  frame.pc = pc;
  frame.height = height;
  frame.gas = gas;
  frame.halted = exit === HALTED;
  return exit;
}

function copyPadded(target: Uint8Array, at: number, data: Uint8Array, from: number, length: number): void {
  const start = Math.min(from, data.length);
  const end = Math.min(start + length, data.length);
  target.set(data.subarray(start, end), at);
  if (end - start < length) target.fill(0, at + end - start, at + length);
}
