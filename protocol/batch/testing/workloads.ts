/**
 * Batches as chains see them, for the codec's benchmark: what repeats, repeats as it does there, and what is random
 * (signatures, fresh addresses, amounts) is random. Signatures fit nobody: the codec does not look.
 */
import { keccak256 } from "../../crypto/keccak256.ts";
import type { BatchBlock } from "../batchBlock.ts";
import { type Envelope, joinEnvelope, numberToBytes } from "../envelope.ts";

/** Deterministic: the same numbers in every run. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** Below `limit`. */
  below(limit: number): number {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** Few are chosen often, many seldom. */
  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.below(items.length) * (this.below(1000) / 1000) ** 2)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
}

const NONE = new Uint8Array(0);
const CHAIN_ID = numberToBytes(7357);
const GWEI = 1e9;

function transaction(dice: Dice, fields: Partial<Envelope>): Uint8Array {
  const tip = [0, 0.001, 0.01, 0.1, 1][dice.below(5)] ?? 0;
  return joinEnvelope({
    type: 2,
    chainId: CHAIN_ID,
    nonce: dice.below(2) === 0 ? dice.below(20) : dice.below(2000),
    gasLimit: numberToBytes(21_000),
    // Wallets answer with the base fee of the moment: few values at a time, all of them odd.
    feeCap: numberToBytes(20_000_000 + dice.below(24) * 1_234_567 + tip * GWEI),
    tip: numberToBytes(tip * GWEI),
    to: NONE,
    value: NONE,
    data: NONE,
    accessList: [],
    authorizationList: [],
    yParity: dice.below(2) === 0 ? 0 : 1,
    r: dice.bytes(32),
    s: dice.bytes(32),
    ...fields,
  });
}

/** A third are round, the others are what was left on somebody's account. */
function amount(dice: Dice): Uint8Array {
  const bytes = dice.below(3) === 0 ? numberToBytes((1 + dice.below(500)) * 1e13) : dice.bytes(7);
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}

function word(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(32);
  padded.set(bytes, 32 - bytes.length);
  return padded;
}

function call(selector: string, ...words: Uint8Array[]): Uint8Array {
  return Buffer.concat([Buffer.from(selector, "hex"), ...words.map(word)]);
}

type MakeTransaction = (dice: Dice, index: number) => Uint8Array;

const addresses = (dice: Dice, count: number) => Array.from({ length: count }, () => dice.bytes(20));
const setup = new Dice(99);
const TOKENS = addresses(setup, 40);
const PEOPLE = addresses(setup, 3000);
const ROUTER = setup.bytes(20);

const transferToNew: MakeTransaction = (dice) =>
  transaction(dice, { to: dice.bytes(20), value: amount(dice) });

const transferToKnown: MakeTransaction = (dice) =>
  transaction(dice, { to: dice.pick(PEOPLE), value: amount(dice) });

const tokenTransfer: MakeTransaction = (dice) =>
  transaction(dice, {
    to: dice.pick(TOKENS),
    gasLimit: numberToBytes(52_000 + dice.below(20_000)),
    data: call("a9059cbb", dice.bytes(20), amount(dice)),
  });

const swap: MakeTransaction = (dice, index) =>
  transaction(dice, {
    to: ROUTER,
    gasLimit: numberToBytes(140_000 + dice.below(60_000)),
    // swapExactTokensForTokens(amountIn, amountOutMin, path, to, deadline)
    data: call(
      "38ed1739",
      amount(dice),
      dice.bytes(8),
      numberToBytes(160),
      dice.bytes(20),
      numberToBytes(1_770_000_000 + index),
      numberToBytes(2),
      dice.pick(TOKENS),
      dice.pick(TOKENS),
    ),
  });

/** Code compresses like code: short runs of the same instructions between what is its own. */
const deployment: MakeTransaction = (dice) => {
  const phrases = Array.from({ length: 60 }, () => dice.bytes(2 + dice.below(12)));
  const code: Uint8Array[] = [Buffer.from("608060405234801561001057600080fd5b50", "hex")];
  for (let length = 0; length < 6000; ) {
    const part = dice.below(4) === 0 ? dice.bytes(4) : dice.pick(phrases);
    code.push(part);
    length += part.length;
  }
  return transaction(dice, { gasLimit: numberToBytes(1_500_000), data: Buffer.concat(code) });
};

const mixed: MakeTransaction = (dice, index) => {
  const roll = dice.below(100);
  if (roll < 35) return transferToKnown(dice, index);
  if (roll < 45) return transferToNew(dice, index);
  if (roll < 80) return tokenTransfer(dice, index);
  return swap(dice, index);
};

export interface Workload {
  name: string;
  blocks: BatchBlock[];
}

const BLOCKS_A_SECOND = 10;
const BLOCKS_AN_ORIGIN = 12 * BLOCKS_A_SECOND;

/** Blocks with the header inputs of Braid's chain, prevRandao by its rule, an L1 block behind every twelve seconds. */
export function toBlocks(transactions: Uint8Array[], perBlock = 100): BatchBlock[] {
  const blocks: BatchBlock[] = [];
  for (let at = 0; at < transactions.length; at += perBlock) {
    const l1Number = 25_000_000 + Math.floor(blocks.length / BLOCKS_AN_ORIGIN);
    blocks.push({
      number: 1_000_000 + blocks.length,
      timestamp: 1_770_000_000 + Math.floor(blocks.length / BLOCKS_A_SECOND),
      baseFeePerGas: 10_000_000n + BigInt(keccak256(numberToBytes(at + 1))[0] ?? 0),
      gasLimit: 120_000_000n,
      coinbase: Buffer.from("4200000000000000000000000000000000000011", "hex"),
      prevRandao: undefined,
      extraData: NONE,
      parentBeaconBlockRoot: new Uint8Array(32),
      l1Origin: {
        number: l1Number,
        hash: keccak256(numberToBytes(l1Number)),
        sequenceNumber: blocks.length % BLOCKS_AN_ORIGIN,
        messages: 0,
      },
      transactions: transactions.slice(at, at + perBlock),
    });
  }
  return blocks;
}

function workload(name: string, count: number, make: MakeTransaction): Workload {
  const dice = new Dice(7);
  return { name, blocks: toBlocks(Array.from({ length: count }, (_, index) => make(dice, index))) };
}

export function workloads(): Workload[] {
  return [
    workload("plain transfers to new addresses", 1200, transferToNew),
    workload("plain transfers among 3,000 addresses", 1200, transferToKnown),
    workload("ERC-20 transfers, 40 tokens, new recipients", 1100, tokenTransfer),
    workload("swaps through one router", 800, swap),
    workload("deployments, 6 kB", 30, deployment),
    workload("35 % known, 10 % new, 35 % ERC-20, 20 % swaps", 1200, mixed),
  ];
}
