/** A batch out of consecutive blocks: what goes into its data, and what L1 will bind of it. */
import { isDeepStrictEqual } from "node:util";
import {
  type BatchBlock,
  type Block,
  blockToBatchBlock,
  decodeBatch,
  InvariantError,
  outputRoot,
} from "../../protocol/index.ts";
import type { ChainStore, L1Position, SealedBatch } from "../chain-store/index.ts";

/** A block with its place on L1. */
export interface PlacedBlock {
  block: Block;
  position: L1Position;
  /** Messages that the block itself consumed. */
  messages: number;
}

/** Where a batch goes on from. */
export interface BatchEnd {
  number: number;
  lastBlock: number;
}

export interface SealDeps {
  chain: ChainStore;
  /** Storage root of L2ToL1MessagePasser in the state of this root. */
  messagePasserRoot: (stateRoot: Uint8Array) => Uint8Array;
}

/** What L1 holds already, deposits and forced transactions, is left out. */
export function batchBlockOf({ block, position, messages }: PlacedBlock): BatchBlock {
  const batchBlock = blockToBatchBlock({
    ...block,
    transactions: block.transactions.slice(position.transactionsFromL1),
  });
  if (position.originNumber === 0) return batchBlock;
  return {
    ...batchBlock,
    l1Origin: {
      number: position.originNumber,
      hash: position.originHash,
      sequenceNumber: position.sequenceNumber,
      messages,
    },
  };
}

/** Throws InvariantError when the data does not decode to the blocks, or the blocks do not follow the batch before. */
export async function sealedBatch(
  { chain, messagePasserRoot }: SealDeps,
  before: BatchEnd,
  blocks: readonly PlacedBlock[],
  data: Uint8Array,
): Promise<SealedBatch> {
  const [first, last] = [blocks[0], blocks.at(-1)];
  if (first === undefined || last === undefined) throw new InvariantError("a batch has at least one block");
  const firstBlock = first.block.header.number;
  if (!decodesTo(data, blocks.map(batchBlockOf))) {
    throw new InvariantError(`the batch from block ${firstBlock} does not decode to its blocks`);
  }
  if (firstBlock !== before.lastBlock + 1) {
    throw new InvariantError(
      `batch ${before.number + 1} would start at block ${firstBlock}, not ${before.lastBlock + 1}`,
    );
  }
  const { header, hash } = last.block;
  const { stateRoot } = header;
  const messagePasserStorageRoot = messagePasserRoot(stateRoot);
  return {
    number: before.number + 1,
    firstBlock,
    lastBlock: header.number,
    data,
    postStateRoot: stateRoot,
    lastBlockHash: hash,
    outputRoot: outputRoot({ stateRoot, messagePasserStorageRoot, blockHash: hash }),
    l1OriginNumber: last.position.originNumber,
    l1OriginHash: last.position.originHash,
    messagesConsumed: last.position.messagesConsumed,
    rollingHash: await chain.rollingHash(last.position.messagesConsumed),
  };
}

function decodesTo(data: Uint8Array, blocks: BatchBlock[]): boolean {
  return isDeepStrictEqual(decodeBatch(data).map(comparable), blocks.map(comparable));
}

/** Node's comparison tells Buffers from plain arrays of the same bytes. */
function comparable(block: BatchBlock): BatchBlock {
  const { l1Origin } = block;
  return {
    ...block,
    coinbase: plainBytes(block.coinbase),
    prevRandao: block.prevRandao === undefined ? undefined : plainBytes(block.prevRandao),
    extraData: plainBytes(block.extraData),
    parentBeaconBlockRoot: plainBytes(block.parentBeaconBlockRoot),
    transactions: block.transactions.map(plainBytes),
    ...(l1Origin === undefined ? {} : { l1Origin: { ...l1Origin, hash: plainBytes(l1Origin.hash) } }),
  };
}

function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
