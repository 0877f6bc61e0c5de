/** What a batch commits to, and its data, spoiled. */
import { brotliCompressSync, constants } from "node:zlib";
import { BLOB_BYTES, ByteWriter, blobsDataHash } from "../../protocol/index.ts";
import { at, committed, dataOf, flipped, inBlobs, inHeader, type Mutation, withData } from "./spoiling.ts";

/** 64 MiB of zeros, where a batch may have 32. */
function bomb(): Uint8Array {
  const compressed = brotliCompressSync(new Uint8Array(64 * 1024 * 1024), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
  });
  const out = new ByteWriter(compressed.length + 16);
  out.byte(2);
  out.prefixed(compressed);
  return new Uint8Array(out.finish());
}

export const COMMITMENT_MUTATIONS: Mutation[] = [
  // What the commitment says.
  ["a batch number too high", "number", inHeader((header) => ({ number: header.number + 1 }))],
  ["another batch before", "previousHash", inHeader((h) => ({ previousHash: flipped(h.previousHash) }))],
  [
    "a first block that leaves one out",
    "firstBlock",
    inHeader((header) => ({ firstBlock: header.firstBlock + 1 })),
  ],
  ["a last block too high", "lastBlock", inHeader((header) => ({ lastBlock: header.lastBlock + 1 }))],
  ["a last block too low", "lastBlock", inHeader((header) => ({ lastBlock: header.lastBlock - 1 }))],
  ["a last block before the first", "lastBlock", inHeader((_header) => ({ lastBlock: 1 }))],
  ["another state root", "postStateRoot", inHeader((h) => ({ postStateRoot: flipped(h.postStateRoot) }))],
  ["another block hash", "lastBlockHash", inHeader((h) => ({ lastBlockHash: flipped(h.lastBlockHash) }))],
  ["another output root", "outputRoot", inHeader((header) => ({ outputRoot: flipped(header.outputRoot) }))],
  [
    "an origin too new",
    "l1OriginNumber",
    inHeader((header) => ({ l1OriginNumber: header.l1OriginNumber + 1 })),
  ],
  ["an origin before the last batch's", "l1OriginNumber", inHeader((_header) => ({ l1OriginNumber: 1 }))],
  ["another origin hash", "l1OriginHash", inHeader((h) => ({ l1OriginHash: flipped(h.l1OriginHash) }))],
  [
    "a message more",
    "messagesConsumed",
    inHeader((header) => ({ messagesConsumed: header.messagesConsumed + 1 })),
  ],
  ["a message fewer", "messages", inHeader((header) => ({ messagesConsumed: header.messagesConsumed - 1 }))],
  ["messages given back", "messagesConsumed", inHeader((_header) => ({ messagesConsumed: 0 }))],
  [
    "another data hash",
    "dataHash",
    (one) => {
      one.batch.dataHash = flipped(one.batch.dataHash);
      committed(one);
    },
  ],
  [
    "another rolling hash",
    "rollingHash",
    (one) => {
      one.batch.rollingHash = flipped(one.batch.rollingHash);
      committed(one);
    },
  ],
  [
    "a hash that is not the batch's",
    "batchHash",
    (one) => {
      one.batch.hash = flipped(one.batch.hash);
    },
  ],
  [
    "a header that is not the hash's",
    "batchHash",
    (one) => {
      one.header.postStateRoot = flipped(one.batch.hash);
    },
  ],
  // The data.
  [
    "a bit of the data",
    "dataHash",
    (one) => {
      one.posted = { kind: "calldata", data: flipped(dataOf(one)) };
    },
  ],
  ["data that is cut", "data", (one) => withData(one, dataOf(one).slice(0, -40))],
  ["data that is cut in its columns", "data", (one) => withData(one, dataOf(one).slice(0, 20))],
  ["no data", "data", (one) => withData(one, new Uint8Array())],
  [
    "something behind the data",
    "data",
    (one) => withData(one, Buffer.concat([dataOf(one), new Uint8Array(65)])),
  ],
  [
    "another version",
    "data",
    (one) =>
      withData(
        one,
        dataOf(one).map((byte, i) => (i === 0 ? 9 : byte)),
      ),
  ],
  ["a bomb", "data", (one) => withData(one, bomb())],
  [
    "calldata where blobs are committed",
    "dataHash",
    (one) => {
      one.batch.dataHash = blobsDataHash([]);
      committed(one);
    },
  ],
  // Blobs.
  ["no blobs", "blobs", inBlobs((blobs) => void blobs.splice(0))],
  ["a blob too many", "blobs", inBlobs((blobs) => void blobs.push(new Uint8Array(BLOB_BYTES)))],
  ["a blob that is cut", "blobs", inBlobs((blobs) => void blobs.splice(0, 1, at(blobs, 0).slice(0, -32)))],
  ["bits that carry nothing", "blobs", inBlobs((blobs) => void at(blobs, 0).fill(0x7f, 32, 33))],
  ["something behind the batch in a blob", "blobs", inBlobs((blobs) => void at(blobs, 0).fill(1, -1))],
  ["a length that is not the batch's", "blobs", inBlobs((blobs) => void at(blobs, 0).fill(0, 1, 5))],
];
