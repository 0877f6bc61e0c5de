/** From what is on L1 to the batch's blocks as posted: the hashes must hold before anything is decompressed. */
import {
  type BatchBlock,
  blobsDataHash,
  calldataHash,
  commitmentHash,
  decodeBatch,
  unpackBlobs,
} from "../../protocol/index.ts";
import { DifferenceError, decoded, expectNumber, expectSame } from "../differenceError.ts";
import type { BatchSource } from "./batchSource.ts";

export interface DecodedBatch {
  data: Uint8Array;
  blocks: BatchBlock[];
}

/** Throws DifferenceError. Memory is bounded by BATCH_LIMITS, whatever was posted. */
export function decodePosted(source: BatchSource): DecodedBatch {
  checkCommitment(source);
  const { batch, posted } = source;
  const place = { batch: batch.header.number };
  const { dataHash } = batch;
  if (posted.kind === "blobs") expectSame(place, "dataHash", dataHash, blobsDataHash(batch.blobHashes));
  else expectSame(place, "dataHash", dataHash, calldataHash(posted.data));
  const data =
    posted.kind === "blobs" ? decoded(place, "blobs", () => unpackBlobs(posted.blobs)) : posted.data;
  return { data, blocks: decoded(place, "data", () => decodeBatch(data)) };
}

/** The batch continues the one before it, and is what L1 knows by its hash. */
function checkCommitment({ batch, previous }: BatchSource): void {
  const { header } = batch;
  const place = { batch: header.number };
  expectNumber(place, "number", header.number, previous.number + 1);
  expectSame(place, "previousHash", header.previousHash, previous.hash);
  expectNumber(place, "firstBlock", header.firstBlock, previous.lastBlock + 1);
  const wentBack = (field: string, claimed: number, before: number) => {
    if (claimed >= before) return;
    throw new DifferenceError({ ...place, field, claimed: `${claimed}`, found: `${before} before` });
  };
  wentBack("lastBlock", header.lastBlock, header.firstBlock);
  wentBack("l1OriginNumber", header.l1OriginNumber, previous.originNumber);
  wentBack("messagesConsumed", header.messagesConsumed, previous.messagesConsumed);
  expectSame(place, "batchHash", batch.hash, commitmentHash(batch));
}
