/**
 * What a batch says of its blocks, their transactions aside:
 *
 *   varint blocks · varint first number
 *   timestamps    varint each, difference from the block before (the first: from zero)
 *   counts        varint each, transactions of the block
 *   environment   a byte of flags each, then the flagged fields in flag order; an unflagged field is that of the block
 *                 before (empty or zero before the first)
 *   origins       a byte each: 0 none, 1 the origin before, one block on, without messages; 2 one that is written out
 *
 * Integers are shortest and a flag is set only for a change.
 */
import type { ByteReader } from "../byteReader.ts";
import { bigIntToBytes, bytesEqual, bytesToBigInt, EMPTY_BYTES } from "../bytes.ts";
import type { ByteWriter } from "../byteWriter.ts";
import { DecodeError, InvariantError } from "../errors.ts";
import type { BatchBlock } from "./batchBlock.ts";
import { BATCH_LIMITS } from "./limits.ts";
import { OriginReader, OriginWriter } from "./origins.ts";

/** In flag order. `fixed` fields have one of those lengths, others up to `limit` bytes. */
const ENVIRONMENT = [
  { name: "baseFeePerGas", first: 0, fixed: undefined, limit: 32 },
  { name: "gasLimit", first: 0, fixed: undefined, limit: 8 },
  { name: "coinbase", first: 20, fixed: [20], limit: 20 },
  { name: "prevRandao", first: 0, fixed: [0, 32], limit: 32 },
  { name: "extraData", first: 0, fixed: undefined, limit: 32 },
  { name: "parentBeaconBlockRoot", first: 32, fixed: [32], limit: 32 },
] as const;

type EnvironmentField = (typeof ENVIRONMENT)[number];

const FIRST_ENVIRONMENT: Uint8Array[] = ENVIRONMENT.map(({ first }) => new Uint8Array(first));

/** A batch's blocks as far as these columns say, and how many transactions each has. */
export interface BlockHeads {
  heads: Omit<BatchBlock, "transactions">[];
  counts: number[];
  transactions: number;
}

export function writeBlocks(writer: ByteWriter, blocks: BatchBlock[]): void {
  const [first] = blocks;
  if (first === undefined) throw new InvariantError("a batch has at least one block");
  if (blocks.length > BATCH_LIMITS.blocks) {
    throw new InvariantError(`${blocks.length} blocks are too many for a batch`);
  }
  writer.varint(blocks.length);
  writer.varint(first.number);
  let timestamp = 0;
  for (const [index, block] of blocks.entries()) {
    if (block.number !== first.number + index) {
      throw new InvariantError(`block ${block.number} breaks the batch's row`);
    }
    if (block.timestamp < timestamp) {
      throw new InvariantError(`block ${block.number} is older than its parent`);
    }
    writer.varint(block.timestamp - timestamp);
    timestamp = block.timestamp;
  }
  for (const block of blocks) writer.varint(block.transactions.length);
  writeEnvironments(writer, blocks);
  const origins = new OriginWriter(writer);
  for (const block of blocks) origins.write(block);
}

function writeEnvironments(writer: ByteWriter, blocks: BatchBlock[]): void {
  let previous = FIRST_ENVIRONMENT;
  for (const block of blocks) {
    const current = environmentToBytes(block);
    let flags = 0;
    for (const index of ENVIRONMENT.keys()) {
      if (!bytesEqual(current[index] ?? EMPTY_BYTES, previous[index] ?? EMPTY_BYTES)) flags |= 1 << index;
    }
    writer.byte(flags);
    for (const [index, field] of ENVIRONMENT.entries()) {
      const value = current[index] ?? EMPTY_BYTES;
      if (!hasLength(field, value)) {
        throw new InvariantError(`block ${block.number}: ${field.name} has ${value.length} bytes`);
      }
      if ((flags & (1 << index)) !== 0) writer.prefixed(value);
    }
    previous = current;
  }
}

function hasLength({ fixed, limit }: EnvironmentField, value: Uint8Array): boolean {
  return fixed === undefined ? value.length <= limit : fixed.some((length) => length === value.length);
}

function environmentToBytes(block: BatchBlock): Uint8Array[] {
  return [
    bigIntToBytes(block.baseFeePerGas),
    bigIntToBytes(block.gasLimit),
    block.coinbase,
    block.prevRandao ?? EMPTY_BYTES,
    block.extraData,
    block.parentBeaconBlockRoot,
  ];
}

export function readBlocks(reader: ByteReader): BlockHeads {
  const blockCount = reader.varint("block count", BATCH_LIMITS.blocks);
  if (blockCount === 0) throw new DecodeError("block count: a batch has at least one block");
  // Each block has a timestamp, a count, flags and an origin.
  if (blockCount * 4 > reader.remaining) throw new DecodeError("block count: more blocks than data");
  const firstNumber = reader.varint("first block number");
  if (!Number.isSafeInteger(firstNumber + blockCount)) throw new DecodeError("block number: too large");
  const timestamps = readTimestamps(reader, blockCount);
  const counts: number[] = [];
  let transactions = 0;
  for (let index = 0; index < blockCount; index++) {
    const count = reader.varint("transaction count", BATCH_LIMITS.transactions);
    counts.push(count);
    transactions += count;
  }
  if (transactions > BATCH_LIMITS.transactions) {
    throw new DecodeError(`${transactions} transactions are over the limit`);
  }
  const environments = readEnvironments(reader, blockCount);
  const origins = new OriginReader(reader);
  const heads = environments.map((environment, index) => ({
    number: firstNumber + index,
    timestamp: timestamps[index] ?? 0,
    ...environment,
    ...origins.read(),
  }));
  return { heads, counts, transactions };
}

function readTimestamps(reader: ByteReader, blockCount: number): number[] {
  const timestamps: number[] = [];
  let timestamp = 0;
  for (let index = 0; index < blockCount; index++) {
    timestamp += reader.varint("timestamp");
    if (!Number.isSafeInteger(timestamp)) throw new DecodeError("timestamp: too large");
    timestamps.push(timestamp);
  }
  return timestamps;
}

type Environment = Omit<BatchBlock, "number" | "timestamp" | "l1Origin" | "transactions">;

function readEnvironments(reader: ByteReader, blockCount: number): Environment[] {
  const environments: Environment[] = [];
  let previous = FIRST_ENVIRONMENT;
  for (let block = 0; block < blockCount; block++) {
    const flags = reader.byte("environment flags");
    if (flags >= 1 << ENVIRONMENT.length) throw new DecodeError(`environment flags: ${flags}`);
    previous = readEnvironment(reader, flags, previous);
    environments.push(environmentFromBytes(previous));
  }
  return environments;
}

function readEnvironment(reader: ByteReader, flags: number, previous: Uint8Array[]): Uint8Array[] {
  if (flags === 0) return previous;
  return ENVIRONMENT.map((field, index) => {
    const before = previous[index] ?? EMPTY_BYTES;
    if ((flags & (1 << index)) === 0) return before;
    const value = reader.prefixed(field.name, field.limit);
    if (!hasLength(field, value)) throw new DecodeError(`${field.name}: ${value.length} bytes`);
    if (bytesEqual(value, before)) throw new DecodeError(`${field.name}: flagged without a change`);
    return value;
  });
}

function environmentFromBytes(fields: Uint8Array[]): Environment {
  const [baseFee, gasLimit, coinbase, prevRandao, extraData, parentBeaconBlockRoot] = fields;
  return {
    baseFeePerGas: readQuantity(baseFee, "baseFeePerGas"),
    gasLimit: readQuantity(gasLimit, "gasLimit"),
    coinbase: coinbase ?? EMPTY_BYTES,
    prevRandao: prevRandao?.length === 32 ? prevRandao : undefined,
    extraData: extraData ?? EMPTY_BYTES,
    parentBeaconBlockRoot: parentBeaconBlockRoot ?? EMPTY_BYTES,
  };
}

function readQuantity(bytes: Uint8Array = EMPTY_BYTES, what: string): bigint {
  if (bytes[0] === 0) throw new DecodeError(`${what}: leading zero`);
  return bytesToBigInt(bytes);
}
