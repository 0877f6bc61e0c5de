import { keccak256 } from "../crypto/keccak256.ts";
import { hashWords } from "./abiWords.ts";

/** What the rollup on L1 binds of a batch besides its data and its messages. Byte fields are 32 bytes. */
export interface SettlementHeader {
  number: number;
  previousHash: Uint8Array;
  firstBlock: number;
  lastBlock: number;
  postStateRoot: Uint8Array;
  lastBlockHash: Uint8Array;
  /** See {@link outputRoot}. */
  outputRoot: Uint8Array;
  l1OriginNumber: number;
  l1OriginHash: Uint8Array;
  /** Messages of L1's queue that blocks up to `lastBlock` have consumed, since genesis. */
  messagesConsumed: number;
}

/** A batch as L1 knows it. */
export interface BatchCommitment {
  header: SettlementHeader;
  /** {@link calldataHash} or {@link blobsDataHash}. */
  dataHash: Uint8Array;
  /** Of the messages consumed: `L1MessageQueue.rollingHash(messagesConsumed)`. */
  rollingHash: Uint8Array;
}

const CALLDATA = 0;
const BLOBS = 1;

/** `Rollup.hashBatch`: what L1 names a batch by. */
export function commitmentHash({ header, dataHash, rollingHash }: BatchCommitment): Uint8Array {
  return hashWords([
    header.number,
    header.previousHash,
    header.firstBlock,
    header.lastBlock,
    header.postStateRoot,
    header.lastBlockHash,
    header.outputRoot,
    header.l1OriginNumber,
    header.l1OriginHash,
    header.messagesConsumed,
    dataHash,
    rollingHash,
  ]);
}

/** The data hash of a batch posted as calldata. */
export function calldataHash(data: Uint8Array): Uint8Array {
  return taggedHash(CALLDATA, keccak256(data));
}

/** The data hash of a batch posted in blobs: of all their versioned hashes, in order. */
export function blobsDataHash(versionedHashes: readonly Uint8Array[]): Uint8Array {
  return taggedHash(BLOBS, keccak256(Buffer.concat(versionedHashes)));
}

/** Batch 0, which stands for the genesis block. */
export function genesisCommitment(genesis: {
  stateRoot: Uint8Array;
  blockHash: Uint8Array;
}): BatchCommitment {
  const zero = new Uint8Array(32);
  return {
    header: {
      number: 0,
      previousHash: zero,
      firstBlock: 0,
      lastBlock: 0,
      postStateRoot: genesis.stateRoot,
      lastBlockHash: genesis.blockHash,
      outputRoot: zero,
      l1OriginNumber: 0,
      l1OriginHash: zero,
      messagesConsumed: 0,
    },
    dataHash: zero,
    rollingHash: zero,
  };
}

function taggedHash(tag: number, hash: Uint8Array): Uint8Array {
  const tagged = new Uint8Array(33);
  tagged[0] = tag;
  tagged.set(hash, 1);
  return keccak256(tagged);
}
