import {
  type BlockHeader,
  ByteReader,
  ByteWriter,
  bigIntToBytes,
  bytesToBigInt,
} from "../../protocol/index.ts";
import type { BlockPlace } from "../types.ts";

/** What is kept of a block apart from its transactions and their results. */
export interface BlockRecord {
  header: BlockHeader;
  hash: Uint8Array;
  /** RLP length of the block in bytes. */
  size: number;
  place: BlockPlace;
}

const BLOOM_BYTES = 256;
const MAX_TEXT = 4096;
const WHAT = "archived block";
const utf8 = new TextDecoder();

export function encodeBlockRecord({ header, hash, size, place }: BlockRecord): Uint8Array {
  const writer = new ByteWriter(768);
  writer.bytes(hash);
  writer.bytes(header.parentHash);
  writer.bytes(header.coinbase);
  writer.bytes(header.stateRoot);
  writer.bytes(header.transactionsRoot);
  writer.bytes(header.receiptsRoot);
  writer.bytes(header.prevRandao);
  writer.word(header.parentBeaconBlockRoot);
  writeBloom(writer, header.logsBloom);
  writer.varint(header.number);
  writer.varint(header.timestamp);
  for (const value of [header.gasLimit, header.gasUsed, header.baseFeePerGas]) {
    writer.word(bigIntToBytes(value));
  }
  writer.prefixed(header.extraData);
  writer.varint(size);
  writePlace(writer, place);
  return writer.finish();
}

export function decodeBlockRecord(bytes: Uint8Array): BlockRecord {
  const reader = new ByteReader(bytes);
  const hash = reader.bytes(32, WHAT);
  const number = () => bytesToBigInt(reader.word(WHAT));
  const header: BlockHeader = {
    parentHash: reader.bytes(32, WHAT),
    coinbase: reader.bytes(20, WHAT),
    stateRoot: reader.bytes(32, WHAT),
    transactionsRoot: reader.bytes(32, WHAT),
    receiptsRoot: reader.bytes(32, WHAT),
    prevRandao: reader.bytes(32, WHAT),
    parentBeaconBlockRoot: reader.word(WHAT),
    logsBloom: readBloom(reader),
    number: reader.varint(WHAT),
    timestamp: reader.varint(WHAT),
    gasLimit: number(),
    gasUsed: number(),
    baseFeePerGas: number(),
    extraData: reader.prefixed(WHAT, 32),
  };
  return { header, hash, size: reader.varint(WHAT), place: readPlace(reader) };
}

/** Most blocks of a quiet chain have few logs: their bits are listed while that is shorter. */
function writeBloom(writer: ByteWriter, bloom: Uint8Array): void {
  const set: number[] = [];
  for (const [index, byte] of bloom.entries()) if (byte !== 0) set.push(index);
  if (set.length > 100) {
    writer.varint(BLOOM_BYTES);
    writer.bytes(bloom);
    return;
  }
  writer.varint(set.length);
  for (const index of set) {
    writer.byte(index);
    writer.byte(bloom[index] ?? 0);
  }
}

function readBloom(reader: ByteReader): Uint8Array {
  const set = reader.varint(WHAT, BLOOM_BYTES);
  if (set === BLOOM_BYTES) return reader.bytes(BLOOM_BYTES, WHAT);
  const bloom = new Uint8Array(BLOOM_BYTES);
  for (let left = set; left > 0; left--) bloom[reader.byte(WHAT)] = reader.byte(WHAT);
  return bloom;
}

function writePlace(writer: ByteWriter, place: BlockPlace): void {
  writer.varint(place.originNumber);
  writer.word(place.originHash);
  writer.varint(place.sequenceNumber);
  writer.varint(place.messagesConsumed);
  writer.varint(place.transactionsFromL1);
  writer.varint(place.skipped.length);
  for (const { index, reason } of place.skipped) {
    writer.varint(index);
    writer.prefixed(Buffer.from(reason).subarray(0, MAX_TEXT));
  }
}

function readPlace(reader: ByteReader): BlockPlace {
  const place: BlockPlace = {
    originNumber: reader.varint(WHAT),
    originHash: reader.word(WHAT),
    sequenceNumber: reader.varint(WHAT),
    messagesConsumed: reader.varint(WHAT),
    transactionsFromL1: reader.varint(WHAT),
    skipped: [],
  };
  for (let left = reader.varint(WHAT); left > 0; left--) {
    const index = reader.varint(WHAT);
    place.skipped.push({ index, reason: utf8.decode(reader.prefixed(WHAT, MAX_TEXT)) });
  }
  return place;
}
