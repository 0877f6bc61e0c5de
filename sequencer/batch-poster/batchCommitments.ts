/** What L1 binds of a batch, for each way in which its data can get there. */
import {
  type BatchCommitment,
  blobsDataHash,
  bytesEqual,
  calldataHash,
  commitmentHash,
  genesisCommitment,
  InvariantError,
  type SettlementHeader,
} from "../../protocol/index.ts";
import type { BatchPosting, BatchRecord, ChainStore } from "../chain-store/index.ts";

export function headerOf(batch: BatchRecord, previousHash: Uint8Array): SettlementHeader {
  return {
    number: batch.number,
    previousHash,
    firstBlock: batch.firstBlock,
    lastBlock: batch.lastBlock,
    postStateRoot: batch.postStateRoot,
    lastBlockHash: batch.lastBlockHash,
    outputRoot: batch.outputRoot,
    l1OriginNumber: batch.l1OriginNumber,
    l1OriginHash: batch.l1OriginHash,
    messagesConsumed: batch.messagesConsumed,
  };
}

/** `blobHashes`: undefined for calldata. */
export function dataHashOf(data: Uint8Array, blobHashes: readonly Uint8Array[] | undefined): Uint8Array {
  return blobHashes === undefined ? calldataHash(data) : blobsDataHash(blobHashes);
}

export function postingOf(
  batch: BatchRecord,
  data: Uint8Array,
  previousHash: Uint8Array,
  blobHashes: Uint8Array[] | undefined,
): BatchPosting {
  const header = headerOf(batch, previousHash);
  const dataHash = dataHashOf(data, blobHashes);
  const hash = commitmentHash({ header, dataHash, rollingHash: batch.rollingHash });
  return { kind: blobHashes === undefined ? "calldata" : "blobs", blobHashes, previousHash, hash };
}

/** A posted batch's commitment, checked against the hash that it goes by. */
export function commitmentOf(batch: BatchRecord, data: Uint8Array): BatchCommitment {
  const { posting } = batch;
  if (posting === undefined) throw new InvariantError(`batch ${batch.number} is not posted`);
  const commitment = {
    header: headerOf(batch, posting.previousHash),
    dataHash: dataHashOf(data, posting.blobHashes),
    rollingHash: batch.rollingHash,
  };
  if (!bytesEqual(commitmentHash(commitment), posting.hash)) {
    throw new InvariantError(`batch ${batch.number} does not have the hash that it goes by`);
  }
  return commitment;
}

/** Of the batch before number 1. */
export async function genesisOf(chain: ChainStore): Promise<BatchCommitment> {
  const genesis = await chain.headerByNumber(0);
  if (genesis === undefined) throw new InvariantError("the chain has no genesis block");
  return genesisCommitment({ stateRoot: genesis.header.stateRoot, blockHash: genesis.hash });
}
