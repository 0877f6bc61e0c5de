import { bytesToHex } from "../../../protocol/index.ts";
import type { BatchRecord } from "../../chain-store/types.ts";
import { quantity } from "./quantity.ts";

export function formatBatch(batch: BatchRecord) {
  const { l1TransactionHash, l1BlockNumber } = batch;
  return {
    number: quantity(batch.number),
    firstBlock: quantity(batch.firstBlock),
    lastBlock: quantity(batch.lastBlock),
    hash: bytesToHex(batch.hash),
    previousHash: bytesToHex(batch.previousHash),
    postStateRoot: bytesToHex(batch.postStateRoot),
    size: quantity(batch.data.length),
    status: batch.status,
    l1TransactionHash: l1TransactionHash === undefined ? null : bytesToHex(l1TransactionHash),
    l1BlockNumber: l1BlockNumber === undefined ? null : quantity(l1BlockNumber),
  };
}
