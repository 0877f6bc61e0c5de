/** The densest transactions that can be made, through the real encoder: what {@link BYTES_PER_MILLION_GAS} claims. */
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { type BatchBlock, encodeBatch } from "../batch/index.ts";
import { bytesToHex, hexToBytes } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";
import { decodeTransaction } from "../transaction/decodeTransaction.ts";
import { intrinsicGas } from "../transaction/intrinsicGas.ts";
import { BYTES_PER_MILLION_GAS } from "./l1CostFloor.ts";

const account = privateKeyToAccount(`0x${"42".repeat(32)}`);
const CHAIN_ID = 7357;
/** Of tokens that are zero bytes, in the mixture that says most for its gas. */
const BEST_ZERO_SHARE = 0.234;
const KEY_GAS = 1_900;
/** EIP-7623: what a token leaves of its 10 gas for something else. */
const SPARE_GAS_PER_TOKEN = 6;
const MAX_BLOCK_BYTES = 110_000;

/** Bytes that no compressor can know. The seed is fixed: the figures are the same every time. */
function randomBytes(length: number, seed: string): Uint8Array {
  const out = new Uint8Array(Math.ceil(length / 32) * 32);
  let state: Uint8Array = new TextEncoder().encode(seed);
  for (let at = 0; at < length; at += 32) {
    state = keccak256(state);
    out.set(state, at);
  }
  return out.subarray(0, length);
}

function mixture(length: number, zeroShare: number, seed: string): Uint8Array {
  const content = randomBytes(length, seed);
  const choice = randomBytes(length * 2, `${seed} choice`);
  return content.map((byte, i) => {
    const zero = (choice[2 * i] ?? 0) * 256 + (choice[2 * i + 1] ?? 0) < zeroShare * 65_536;
    return zero ? 0 : byte === 0 ? 1 : byte;
  });
}

const tokens = (data: Uint8Array) => data.reduce((sum, byte) => sum + (byte === 0 ? 1 : 4), 0);

function storageKeys(count: number, seed: string): Hex[] {
  const bytes = randomBytes(count * 32, seed);
  return Array.from({ length: count }, (_, i) => bytesToHex(bytes.subarray(i * 32, i * 32 + 32)));
}

interface Shape {
  data?: Uint8Array;
  keys?: number;
  authorizations?: number;
}

async function sign(shape: Shape, nonce: number): Promise<Uint8Array> {
  const address = bytesToHex(randomBytes(20, `to ${nonce}`));
  const accessList =
    shape.keys === undefined ? [] : [{ address, storageKeys: storageKeys(shape.keys, `keys ${nonce}`) }];
  const common = {
    chainId: CHAIN_ID,
    nonce,
    to: address,
    value: BigInt(bytesToHex(randomBytes(9, `value ${nonce}`))),
    maxFeePerGas: BigInt(bytesToHex(randomBytes(7, `fee ${nonce}`))) + 2n ** 56n,
    maxPriorityFeePerGas: BigInt(bytesToHex(randomBytes(7, `tip ${nonce}`))),
    gas: BigInt(bytesToHex(randomBytes(3, `gas ${nonce}`))),
    data: bytesToHex(shape.data ?? new Uint8Array(0)),
    accessList,
  };
  if (shape.authorizations === undefined) {
    return hexToBytes(await account.signTransaction({ ...common, type: "eip1559" }));
  }
  const authorizationList = await Promise.all(
    Array.from({ length: shape.authorizations }, (_, i) =>
      account.signAuthorization({
        chainId: Number(BigInt(bytesToHex(randomBytes(6, `chain ${i}`)))),
        address: bytesToHex(randomBytes(20, `delegate ${nonce} ${i}`)),
        nonce: Number(BigInt(bytesToHex(randomBytes(6, `nonce ${nonce} ${i}`)))),
      }),
    ),
  );
  return hexToBytes(await account.signTransaction({ ...common, type: "eip7702", authorizationList }));
}

function block(number: number, transactions: Uint8Array[]): BatchBlock {
  return {
    number,
    timestamp: 1_767_225_600 + number,
    baseFeePerGas: 10_000_000n + BigInt(number) * 977n,
    gasLimit: 120_000_000n,
    coinbase: hexToBytes("0x4200000000000000000000000000000000000011"),
    prevRandao: undefined,
    extraData: new TextEncoder().encode("braid"),
    parentBeaconBlockRoot: new Uint8Array(32),
    l1Origin: { number: 9 + number, hash: randomBytes(32, `${number}`), sequenceNumber: 0, messages: 0 },
    transactions,
  };
}

/** Posted bytes for a million gas. */
async function density(shapes: Shape[], perBlock = shapes.length): Promise<number> {
  const raws = await Promise.all(shapes.map(sign));
  let gas = 0n;
  for (const raw of raws) {
    const { intrinsic, floor } = intrinsicGas(decodeTransaction(raw));
    gas += intrinsic > floor ? intrinsic : floor;
  }
  const blocks: BatchBlock[] = [];
  for (let at = 0; at < raws.length; at += perBlock) {
    blocks.push(block(blocks.length + 1, raws.slice(at, at + perBlock)));
  }
  expect(raws.reduce((sum, raw) => sum + raw.length, 0)).toBeLessThan(MAX_BLOCK_BYTES);
  return encodeBatch(blocks).length / (Number(gas) / 1e6);
}

const dense = mixture(75_000, BEST_ZERO_SHARE, "dense");
const full = mixture(75_000, 0, "full");
const spare = (data: Uint8Array) => Math.floor((tokens(data) * SPARE_GAS_PER_TOKEN) / KEY_GAS);
const many = (shape: Shape, count: number) => Array.from({ length: count }, () => shape);

/** Least and most that each may be: the figures in the comment of BYTES_PER_MILLION_GAS. */
const cases: [string, () => Promise<number>, number, number][] = [
  ["non-zero call data", () => density([{ data: full }]), 24_500, 25_500],
  ["the best mixture of zero and other bytes", () => density([{ data: dense }]), 25_800, 27_000],
  ["call data and storage keys", () => density([{ data: full, keys: spare(full) }]), 34_000, 36_000],
  ["the best mixture and storage keys", () => density([{ data: dense, keys: spare(dense) }]), 35_400, 37_500],
  ["storage keys alone", () => density([{ keys: 3_000 }]), 15_000, 17_500],
  ["authorizations", () => density([{ authorizations: 300 }]), 3_000, 6_500],
  ["plain transfers with random amounts", () => density(many({}, 500)), 4_000, 6_500],
  ["plain transfers, each in a block of its own", () => density(many({}, 100), 1), 4_000, 9_000],
];

test.each(cases)("%s", async (_, measure, least, most) => {
  const bytes = await measure();
  expect(bytes).toBeGreaterThan(least);
  expect(bytes).toBeLessThan(most);
  // Refunds, which a transaction's form does not show, are worth another 1,667.
  expect(bytes + 1_667).toBeLessThan(Number(BYTES_PER_MILLION_GAS));
});
