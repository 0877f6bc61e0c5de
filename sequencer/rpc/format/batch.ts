import { bytesToHex } from "../../../protocol/index.ts";
import type { BatchRecord, L1Place } from "../../chain-store/batchTypes.ts";
import { quantity } from "./quantity.ts";

/** `l1TransactionHash` and `l1BlockNumber` are those of the commitment. */
export function formatBatch(batch: BatchRecord) {
  const { posting, commit, proof, finality } = batch;
  return {
    number: quantity(batch.number),
    firstBlock: quantity(batch.firstBlock),
    lastBlock: quantity(batch.lastBlock),
    hash: posting === undefined ? null : bytesToHex(posting.hash),
    previousHash: posting === undefined ? null : bytesToHex(posting.previousHash),
    postStateRoot: bytesToHex(batch.postStateRoot),
    outputRoot: bytesToHex(batch.outputRoot),
    l1OriginNumber: quantity(batch.l1OriginNumber),
    l1OriginHash: bytesToHex(batch.l1OriginHash),
    messagesConsumed: quantity(batch.messagesConsumed),
    size: quantity(batch.size),
    dataKind: posting?.kind ?? null,
    blobVersionedHashes: posting?.blobHashes?.map(bytesToHex) ?? null,
    status: batch.status,
    l1TransactionHash: commit === undefined ? null : bytesToHex(commit.transactionHash),
    l1BlockNumber: commit === undefined ? null : quantity(commit.blockNumber),
    proof: proof === undefined ? null : { ...formatPlace(proof), timestamp: quantity(proof.timestamp) },
    finality: finality === undefined ? null : formatPlace(finality),
  };
}

function formatPlace({ transactionHash, blockNumber }: L1Place) {
  return { l1TransactionHash: bytesToHex(transactionHash), l1BlockNumber: quantity(blockNumber) };
}
