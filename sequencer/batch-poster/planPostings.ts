import { bytesEqual, InvariantError } from "../../protocol/index.ts";
import type { BatchPosting, BatchRecord, ChainStore } from "../chain-store/index.ts";
import type { L1Prices, StoredTransaction } from "../l1-transactions/index.ts";
import { postingOf } from "./batchCommitments.ts";
import { chooseDataKind, dataSize, MAX_CALLDATA_BYTES } from "./chooseDataKind.ts";

/** `auto`: whichever costs less at the moment. */
export type DataAvailability = "auto" | "calldata" | "blobs";

export interface PlanOptions {
  chain: ChainStore;
  prices: L1Prices;
  /** Of the last batch that L1 has. */
  previousHash: Uint8Array;
  /** Commitments on their way. */
  sent: readonly StoredTransaction[];
  dataAvailability: DataAvailability;
  /** A commitment that waits longer may go the other way. */
  keepForMs: number;
  blobHashes: (data: Uint8Array) => Promise<Uint8Array[]>;
  now: number;
}

export interface PlannedBatch {
  batch: BatchRecord;
  posting: BatchPosting;
  data: Uint8Array;
}

/**
 * How each sealed batch goes to L1. A batch's hash depends on the way of its data and on the batch before, so a change
 * of one changes all after it: what is on its way keeps its way unless it is stuck.
 */
export async function planPostings(
  batches: readonly BatchRecord[],
  options: PlanOptions,
): Promise<PlannedBatch[]> {
  const { chain } = options;
  const planned: PlannedBatch[] = [];
  let { previousHash } = options;
  for (const batch of batches) {
    const data = await chain.batchData(batch.number);
    if (data === undefined) throw new InvariantError(`batch ${batch.number} has no data`);
    const posting = await choose(batch, data, previousHash, options);
    if (!isSame(batch.posting, posting)) await chain.setBatchPosting(batch.number, posting);
    planned.push({ batch: { ...batch, posting }, posting, data });
    previousHash = posting.hash;
  }
  return planned;
}

async function choose(
  batch: BatchRecord,
  data: Uint8Array,
  previousHash: Uint8Array,
  { sent, now, keepForMs, prices, dataAvailability, blobHashes }: PlanOptions,
): Promise<BatchPosting> {
  const flight = sent.find((transaction) => transaction.batch === batch.number && !transaction.cancelled);
  const since = flight?.attempts[0]?.sentAt ?? Number.NEGATIVE_INFINITY;
  const { posting } = batch;
  if (posting !== undefined && now - since < keepForMs) {
    return postingOf(batch, data, previousHash, posting.blobHashes);
  }
  const fits = data.length <= MAX_CALLDATA_BYTES;
  const kind =
    dataAvailability === "auto" || !fits ? chooseDataKind(dataSize(data), prices) : dataAvailability;
  return postingOf(batch, data, previousHash, kind === "blobs" ? await blobHashes(data) : undefined);
}

function isSame(before: BatchPosting | undefined, now: BatchPosting): boolean {
  return before !== undefined && bytesEqual(before.hash, now.hash);
}
