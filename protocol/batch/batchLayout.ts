/**
 * The layout of a batch before compression: columns over all blocks, so that like stands by like.
 *
 *   varint blocks · varint first number
 *   timestamps    varint each, difference from the block before (the first: from zero)
 *   counts        varint each, transactions of the block
 *   environment   a byte of flags each, then the flagged fields in flag order; an unflagged field is that of the block
 *                 before (zero before the first)
 *   lengths       varint of each transaction
 *   transactions  raw, end to end
 *
 * Every batch has exactly one layout: integers are shortest and a flag is set only for a change.
 */
import { bigIntToBytes, bytesEqual, bytesToBigInt, EMPTY_BYTES } from "../bytes.ts";
import { DecodeError, InvariantError } from "../errors.ts";
import type { BatchBlock } from "./batchBlock.ts";
import { ByteReader } from "./byteReader.ts";
import { ByteWriter } from "./byteWriter.ts";
import { BATCH_LIMITS } from "./limits.ts";

/** In flag order. `fixed` fields have that length, others up to `limit` bytes. */
const ENVIRONMENT = [
  { name: "baseFeePerGas", fixed: 0, limit: 32 },
  { name: "gasLimit", fixed: 0, limit: 8 },
  { name: "coinbase", fixed: 20, limit: 20 },
  { name: "prevRandao", fixed: 32, limit: 32 },
  { name: "extraData", fixed: 0, limit: 32 },
  { name: "parentBeaconBlockRoot", fixed: 32, limit: 32 },
] as const;

type EnvironmentBytes = Uint8Array[];

const FIRST_ENVIRONMENT: EnvironmentBytes = ENVIRONMENT.map(({ fixed }) => new Uint8Array(fixed));

export function writeLayout(blocks: BatchBlock[]): Uint8Array {
  const [first] = blocks;
  if (first === undefined) throw new InvariantError("a batch has at least one block");
  if (blocks.length > BATCH_LIMITS.blocks)
    throw new InvariantError(`${blocks.length} blocks are too many for a batch`);
  const writer = new ByteWriter(64 * 1024);
  writer.varint(blocks.length);
  writer.varint(first.number);
  let timestamp = 0;
  for (const [index, block] of blocks.entries()) {
    if (block.number !== first.number + index)
      throw new InvariantError(`block ${block.number} breaks the batch's row`);
    if (block.timestamp < timestamp)
      throw new InvariantError(`block ${block.number} is older than its parent`);
    writer.varint(block.timestamp - timestamp);
    timestamp = block.timestamp;
  }
  let transactions = 0;
  for (const block of blocks) {
    writer.varint(block.transactions.length);
    transactions += block.transactions.length;
  }
  if (transactions > BATCH_LIMITS.transactions)
    throw new InvariantError(`${transactions} transactions are too many for a batch`);
  writeEnvironments(writer, blocks);
  for (const block of blocks) {
    for (const raw of block.transactions) {
      if (raw.length === 0) throw new InvariantError(`block ${block.number} has an empty transaction`);
      if (raw.length > BATCH_LIMITS.transactionBytes) {
        throw new InvariantError(`block ${block.number} has a transaction of ${raw.length} bytes`);
      }
      writer.varint(raw.length);
    }
  }
  for (const block of blocks) for (const raw of block.transactions) writer.bytes(raw);
  const layout = writer.finish();
  if (layout.length > BATCH_LIMITS.payloadBytes)
    throw new InvariantError(`a batch of ${layout.length} bytes is too large`);
  return layout;
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
      if (field.fixed > 0 ? value.length !== field.fixed : value.length > field.limit) {
        throw new InvariantError(`block ${block.number}: ${field.name} has ${value.length} bytes`);
      }
      if ((flags & (1 << index)) === 0) continue;
      if (field.fixed > 0) writer.bytes(value);
      else writer.prefixed(value);
    }
    previous = current;
  }
}

function environmentToBytes(block: BatchBlock): EnvironmentBytes {
  return [
    bigIntToBytes(block.baseFeePerGas),
    bigIntToBytes(block.gasLimit),
    block.coinbase,
    block.prevRandao,
    block.extraData,
    block.parentBeaconBlockRoot,
  ];
}

export function readLayout(layout: Uint8Array): BatchBlock[] {
  const reader = new ByteReader(layout);
  const blockCount = reader.varint("block count", BATCH_LIMITS.blocks);
  if (blockCount === 0) throw new DecodeError("the batch has no blocks");
  // Each block takes at least three bytes: a count beyond the data is refused before anything is allocated for it.
  if (blockCount * 3 > reader.remaining) throw new DecodeError("block count: more blocks than data");
  const firstNumber = reader.varint("first block number");
  const timestamps = readTimestamps(reader, blockCount);
  const counts: number[] = [];
  let transactions = 0;
  for (let index = 0; index < blockCount; index++) {
    const count = reader.varint("transaction count", BATCH_LIMITS.transactions);
    counts.push(count);
    transactions += count;
  }
  if (transactions > BATCH_LIMITS.transactions)
    throw new DecodeError(`${transactions} transactions are over the limit`);
  const environments = readEnvironments(reader, blockCount);
  if (transactions * 2 > reader.remaining)
    throw new DecodeError("transaction count: more transactions than data");
  const lengths: number[] = [];
  for (let index = 0; index < transactions; index++) {
    const length = reader.varint("transaction length", BATCH_LIMITS.transactionBytes);
    if (length === 0) throw new DecodeError("transaction length: zero");
    lengths.push(length);
  }
  let next = 0;
  const blocks = environments.map((environment, index): BatchBlock => {
    const raws: Uint8Array[] = [];
    const count = counts[index] ?? 0;
    for (let i = 0; i < count; i++) raws.push(reader.bytes(lengths[next++] ?? 0, "transaction"));
    const number = firstNumber + index;
    if (!Number.isSafeInteger(number)) throw new DecodeError("block number: too large");
    return { number, timestamp: timestamps[index] ?? 0, ...environment, transactions: raws };
  });
  reader.end();
  return blocks;
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

function readEnvironments(
  reader: ByteReader,
  blockCount: number,
): Omit<BatchBlock, "number" | "timestamp" | "transactions">[] {
  const environments = [];
  let previous = FIRST_ENVIRONMENT;
  for (let block = 0; block < blockCount; block++) {
    const flags = reader.byte("environment flags");
    if (flags >= 1 << ENVIRONMENT.length) throw new DecodeError(`environment flags: ${flags}`);
    const current = ENVIRONMENT.map((field, index) => {
      const before = previous[index] ?? EMPTY_BYTES;
      if ((flags & (1 << index)) === 0) return before;
      const value =
        field.fixed > 0 ? reader.bytes(field.fixed, field.name) : reader.prefixed(field.name, field.limit);
      if (bytesEqual(value, before)) throw new DecodeError(`${field.name}: flagged without a change`);
      return value;
    });
    const [baseFee, gasLimit, coinbase, prevRandao, extraData, parentBeaconBlockRoot] = current;
    environments.push({
      baseFeePerGas: readQuantity(baseFee, "baseFeePerGas"),
      gasLimit: readQuantity(gasLimit, "gasLimit"),
      coinbase: coinbase ?? EMPTY_BYTES,
      prevRandao: prevRandao ?? EMPTY_BYTES,
      extraData: extraData ?? EMPTY_BYTES,
      parentBeaconBlockRoot: parentBeaconBlockRoot ?? EMPTY_BYTES,
    });
    previous = current;
  }
  return environments;
}

function readQuantity(bytes: Uint8Array = EMPTY_BYTES, what: string): bigint {
  if (bytes[0] === 0) throw new DecodeError(`${what}: leading zero`);
  return bytesToBigInt(bytes);
}
