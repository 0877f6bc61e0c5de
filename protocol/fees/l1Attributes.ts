/**
 * The L1 attributes: what L2 knows of its L1 origin. A deposit by an account that nobody has the key of writes them to
 * L1Block, as the first transaction of a block whose origin moved. Call data as since the OP Stack's Isthmus: packed,
 * without padding, behind the selector of `setL1BlockValuesIsthmus()`.
 *
 *     baseFeeScalar u32 · blobBaseFeeScalar u32 · sequenceNumber u64 · timestamp u64 · number u64 · baseFee u256
 *     · blobBaseFee u256 · hash 32 bytes · batcherHash 32 bytes · operatorFeeScalar u32 · operatorFeeConstant u64
 *
 * There is no fee outside gas, and batches are known by the rollup on L1, not by their sender: scalars, constant and
 * batcher hash are 0, and a decoder takes nothing else. So a transaction of attributes follows from its values alone.
 */
import { bigIntToBytes, bytesEqual, bytesToBigInt, hexToBytes, padTo32 } from "../bytes.ts";
import { DecodeError, InvariantError } from "../errors.ts";
import { depositTransaction } from "../transaction/deposit.ts";
import { l1AttributesSourceHash } from "../transaction/depositSourceHash.ts";
import type { Transaction } from "../transaction/transaction.ts";
import type { L1Prices } from "./l1CostFloor.ts";

export interface L1Attributes extends L1Prices {
  /** Of the L1 block. */
  number: number;
  /** Of the L1 block, in seconds. */
  timestamp: number;
  /** Of the L1 block, 32 bytes. */
  hash: Uint8Array;
  /** L2 blocks since the first one with this L1 origin. */
  sequenceNumber: number;
}

/** The predeploy L1Block. */
export const L1_BLOCK_ADDRESS = hexToBytes("0x4200000000000000000000000000000000000015");
/** Sends the attributes. Nobody has its key. */
export const L1_ATTRIBUTES_DEPOSITOR = hexToBytes("0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001");
/** Slots of L1Block, as 32 bytes: where the state keeps {@link L1Prices}. */
export const L1_PRICE_SLOTS = {
  baseFee: padTo32(Uint8Array.of(1)),
  blobBaseFee: padTo32(Uint8Array.of(7)),
} as const;

/** As on the OP Stack since Regolith; far more than writing nine slots takes. */
const GAS_LIMIT = 1_000_000n;
const SELECTOR = hexToBytes("0x098999be");
const LENGTH = 176;
const SEQUENCE_NUMBER = 12;
const TIMESTAMP = 20;
const NUMBER = 28;
const BASE_FEE = 36;
const BLOB_BASE_FEE = 68;
const HASH = 100;
const BATCHER_HASH = 132;

export function l1AttributesTransaction(attributes: L1Attributes): Transaction {
  return depositTransaction({
    sourceHash: l1AttributesSourceHash(attributes.hash, attributes.sequenceNumber),
    from: L1_ATTRIBUTES_DEPOSITOR,
    to: L1_BLOCK_ADDRESS,
    mint: 0n,
    value: 0n,
    gasLimit: GAS_LIMIT,
    data: encodeL1Attributes(attributes),
  });
}

/** By its sender: what a user deposits to L1Block is no such transaction. */
export function isL1Attributes({ deposit, sender }: Transaction): boolean {
  return deposit !== undefined && bytesEqual(sender, L1_ATTRIBUTES_DEPOSITOR);
}

/** Throws DecodeError unless the transaction is exactly what {@link l1AttributesTransaction} makes of its values. */
export function decodeL1AttributesTransaction(transaction: Transaction): L1Attributes {
  const attributes = decodeL1Attributes(transaction.data);
  if (!bytesEqual(l1AttributesTransaction(attributes).raw, transaction.raw)) {
    throw new DecodeError("not the transaction of these L1 attributes");
  }
  return attributes;
}

/** The call data. */
export function encodeL1Attributes(attributes: L1Attributes): Uint8Array {
  const data = new Uint8Array(LENGTH);
  data.set(SELECTOR);
  const view = new DataView(data.buffer);
  view.setBigUint64(SEQUENCE_NUMBER, count(attributes.sequenceNumber, "sequenceNumber"));
  view.setBigUint64(TIMESTAMP, count(attributes.timestamp, "timestamp"));
  view.setBigUint64(NUMBER, count(attributes.number, "number"));
  data.set(word(attributes.baseFee, "baseFee"), BASE_FEE);
  data.set(word(attributes.blobBaseFee, "blobBaseFee"), BLOB_BASE_FEE);
  if (attributes.hash.length !== 32) {
    throw new InvariantError(`the hash of an L1 block has ${attributes.hash.length} bytes`);
  }
  data.set(attributes.hash, HASH);
  return data;
}

/** Strict: throws DecodeError for whatever {@link encodeL1Attributes} does not make. */
export function decodeL1Attributes(data: Uint8Array): L1Attributes {
  if (data.length !== LENGTH) throw new DecodeError(`L1 attributes of ${data.length} bytes, not ${LENGTH}`);
  if (!bytesEqual(data.subarray(0, SELECTOR.length), SELECTOR)) {
    throw new DecodeError("L1 attributes: unknown selector");
  }
  zeros(data.subarray(SELECTOR.length, SEQUENCE_NUMBER), "fee scalars");
  zeros(data.subarray(BATCHER_HASH), "batcher hash and operator fee");
  return {
    number: safeNumber(data.subarray(NUMBER, BASE_FEE), "number"),
    timestamp: safeNumber(data.subarray(TIMESTAMP, NUMBER), "timestamp"),
    baseFee: bytesToBigInt(data.subarray(BASE_FEE, BLOB_BASE_FEE)),
    blobBaseFee: bytesToBigInt(data.subarray(BLOB_BASE_FEE, HASH)),
    hash: data.slice(HASH, BATCHER_HASH),
    sequenceNumber: safeNumber(data.subarray(SEQUENCE_NUMBER, TIMESTAMP), "sequenceNumber"),
  };
}

function count(value: number, field: string): bigint {
  if (!Number.isSafeInteger(value) || value < 0) throw new InvariantError(`L1 attributes: ${field} ${value}`);
  return BigInt(value);
}

function word(value: bigint, field: string): Uint8Array {
  if (value < 0n || value >= 2n ** 256n) throw new InvariantError(`L1 attributes: ${field} ${value}`);
  return padTo32(bigIntToBytes(value));
}

function safeNumber(bytes: Uint8Array, field: string): number {
  const value = bytesToBigInt(bytes);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new DecodeError(`L1 attributes: ${field} ${value} is out of range`);
  }
  return Number(value);
}

function zeros(bytes: Uint8Array, field: string): void {
  if (bytes.some((byte) => byte !== 0)) throw new DecodeError(`L1 attributes: ${field} must be 0`);
}

/** What L1Block holds. `storage` reads a state: big-endian values, with or without leading zeros. */
export function l1PricesIn(storage: (address: Uint8Array, slot: Uint8Array) => Uint8Array): L1Prices {
  return {
    baseFee: bytesToBigInt(storage(L1_BLOCK_ADDRESS, L1_PRICE_SLOTS.baseFee)),
    blobBaseFee: bytesToBigInt(storage(L1_BLOCK_ADDRESS, L1_PRICE_SLOTS.blobBaseFee)),
  };
}
