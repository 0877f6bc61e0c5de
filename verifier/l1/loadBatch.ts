/** A batch as its event names it → all that its blocks follow from on L1. Nothing of it is believed yet. */
import { bytesEqual, hexToBytes } from "../../protocol/index.ts";
import { findBlobs } from "../blobs/findBlobs.ts";
import type { BatchSource } from "../derivation/batchSource.ts";
import { decoded, expectNumber, expectSame } from "../differenceError.ts";
import type { BlobSource, L1Batch } from "../types.ts";
import { L1MovedError, L1UnavailableError } from "../verifierError.ts";
import { checkCommitBlobs, commitBatchData } from "./batchTransaction.ts";
import type { L1Reader } from "./l1Reader.ts";
import type { BatchEvent } from "./l1Types.ts";

export interface LoadBatchDeps {
  reader: L1Reader;
  blobs: readonly BlobSource[];
  /** 0x-hex. */
  rollup: string;
}

/** Throws DifferenceError; L1MovedError when L1 does not have the transaction where the event was. */
export async function loadBatch(
  event: BatchEvent,
  { reader, blobs, rollup }: LoadBatchDeps,
): Promise<Pick<BatchSource, "batch" | "posted">> {
  const { header } = event;
  const what = `batch ${header.number}`;
  const [transaction, l1Header] = await Promise.all([
    reader.transaction(event.transactionHash),
    reader.header(event.l1Block.number),
  ]);
  if (l1Header === undefined || !bytesEqual(l1Header.hash, event.l1Block.hash)) throw new L1MovedError(what);
  if (transaction === undefined) throw new L1UnavailableError(what, "L1 does not give its transaction");
  const place = { batch: header.number };
  expectSame(place, "rollup", transaction.to, hexToBytes(rollup));
  const { input } = transaction;
  const { number, hash } = event.l1Block;
  const { dataHash, rollingHash, transactionHash } = event;
  const l1Block = { number, hash, timestamp: l1Header.timestamp };
  const batch: L1Batch = {
    ...{ header, hash: event.hash, dataHash, rollingHash, transactionHash, l1Block },
    kind: event.blobCount === 0 ? "calldata" : "blobs",
    blobHashes: event.blobCount === 0 ? [] : transaction.blobHashes,
  };
  if (batch.kind === "calldata") {
    const data = decoded(place, "calldata", () => commitBatchData(input));
    return { batch, posted: { kind: "calldata", data } };
  }
  decoded(place, "calldata", () => checkCommitBlobs(input));
  expectNumber(place, "blobCount", event.blobCount, batch.blobHashes.length);
  return { batch, posted: { kind: "blobs", blobs: await findBlobs(batch, blobs) } };
}
