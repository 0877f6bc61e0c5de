import { ByteReader, ByteWriter } from "../../protocol/index.ts";
import type { L1Batch } from "../types.ts";
import type { ArchivedBatch } from "./types.ts";

const WHAT = "archived batch";
const BLOBS = 1;

export function encodeBatchRecord({ batch, size }: ArchivedBatch): Uint8Array {
  const { header } = batch;
  const writer = new ByteWriter(512);
  for (const number of [
    header.number,
    header.firstBlock,
    header.lastBlock,
    header.l1OriginNumber,
    header.messagesConsumed,
    batch.l1Block.number,
    batch.l1Block.timestamp,
    size,
  ]) {
    writer.varint(number);
  }
  for (const hash of [
    header.previousHash,
    header.postStateRoot,
    header.lastBlockHash,
    header.outputRoot,
    header.l1OriginHash,
    batch.hash,
    batch.dataHash,
    batch.rollingHash,
    batch.transactionHash,
    batch.l1Block.hash,
  ]) {
    writer.bytes(hash);
  }
  writer.byte(batch.kind === "blobs" ? BLOBS : 0);
  writer.varint(batch.blobHashes.length);
  for (const hash of batch.blobHashes) writer.bytes(hash);
  return writer.finish();
}

export function decodeBatchRecord(bytes: Uint8Array): ArchivedBatch {
  const reader = new ByteReader(bytes);
  const number = () => reader.varint(WHAT);
  const hash = () => reader.bytes(32, WHAT);
  const [batchNumber, firstBlock, lastBlock] = [number(), number(), number()];
  const [l1OriginNumber, messagesConsumed] = [number(), number()];
  const [l1Number, timestamp, size] = [number(), number(), number()];
  const [previousHash, postStateRoot, lastBlockHash, outputRoot] = [hash(), hash(), hash(), hash()];
  const l1OriginHash = hash();
  const batch: L1Batch = {
    header: {
      number: batchNumber,
      previousHash,
      firstBlock,
      lastBlock,
      postStateRoot,
      lastBlockHash,
      outputRoot,
      l1OriginNumber,
      l1OriginHash,
      messagesConsumed,
    },
    hash: hash(),
    dataHash: hash(),
    rollingHash: hash(),
    transactionHash: hash(),
    l1Block: { number: l1Number, hash: hash(), timestamp },
    kind: reader.byte(WHAT) === BLOBS ? "blobs" : "calldata",
    blobHashes: [],
  };
  for (let left = number(); left > 0; left--) batch.blobHashes.push(hash());
  return { batch, size };
}
