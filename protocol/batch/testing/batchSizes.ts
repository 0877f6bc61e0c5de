import { brotliCompressSync, constants, deflateRawSync } from "node:zlib";
import type { BatchBlock } from "../batchBlock.ts";
import { encodeBatch } from "../batchCodec.ts";
import { writeLayout } from "../batchLayout.ts";
import { BLOB_BYTES } from "../blobs.ts";
import { toBlocks, workloads } from "./workloads.ts";

/** A named row of a table: numbers in the order of its columns. */
export interface Row {
  name: string;
  values: number[];
}

/** What `commitBatch` and an L1 transaction's own fields add to the data, rounded up. */
const L1_TRANSACTION_BYTES = 600;
/** Where the sealer closes a batch. */
const SEALED_BYTES = 120_000;

function countOf(blocks: BatchBlock[]): number {
  return blocks.reduce((sum, { transactions }) => sum + transactions.length, 0);
}

/** Bytes a transaction: signed, signatures, compressed rest, all, as calldata, as blobs paid whole. */
export function sizesByWorkload(): Row[] {
  return workloads().map(({ name, blocks }) => {
    const count = countOf(blocks);
    const signed = blocks
      .flatMap(({ transactions }) => transactions)
      .reduce((sum, { length }) => sum + length, 0);
    const encoded = encodeBatch(blocks).length / count;
    const signatures = writeLayout(blocks).signatures.length / count;
    const calldata = encoded * (1 + L1_TRANSACTION_BYTES / SEALED_BYTES);
    const blob = BLOB_BYTES / Math.floor(SEALED_BYTES / encoded);
    return { name, values: [signed / count, signatures, encoded - signatures, encoded, calldata, blob] };
  });
}

/** Bytes a transaction of plain transfers to new addresses and of the mix, in batches of few. */
export function sizesByCount(): Row[] {
  const [plain, , , , , mixed] = workloads().map(({ blocks }) =>
    blocks.flatMap(({ transactions }) => transactions),
  );
  return [1, 10, 100, 1000].map((count) => ({
    name: `${count}`,
    values: [plain, mixed].map((raws = []) => encodeBatch(toBlocks(raws.slice(0, count))).length / count),
  }));
}

const COMPRESSORS: [string, (columns: Uint8Array) => Uint8Array][] = [
  ["none", (columns) => columns],
  ["deflate, level 9", (columns) => deflateRawSync(columns, { level: 9 })],
  ...[1, 5, 9, 11].map((quality): [string, (columns: Uint8Array) => Uint8Array] => [
    `brotli, quality ${quality}`,
    (columns) => brotliCompressSync(columns, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
  ]),
];

/** Compressed bytes a transaction, signatures aside, of: new addresses, ERC-20, swaps, deployments, the mix. */
export function sizesByCompressor(): Row[] {
  const measured = workloads().filter((_, index) => index !== 1);
  const layouts = measured.map(({ blocks }) => ({ count: countOf(blocks), ...writeLayout(blocks) }));
  return COMPRESSORS.map(([name, compress]) => ({
    name,
    values: layouts.map(({ columns, count }) => compress(columns).length / count),
  }));
}
