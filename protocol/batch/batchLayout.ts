/**
 * Blocks ↔ what a batch consists of: columns, to be compressed, and signatures, which cannot be.
 */
import { ByteReader } from "../byteReader.ts";
import { ByteWriter } from "../byteWriter.ts";
import { DecodeError, InvariantError } from "../errors.ts";
import { DEPOSIT_TYPE } from "../transaction/deposit.ts";
import type { BatchBlock } from "./batchBlock.ts";
import { readBlocks, writeBlocks } from "./blockColumns.ts";
import { endColumns, readColumns, writeColumns } from "./columns.ts";
import { KIND } from "./kind.ts";
import { BATCH_LIMITS } from "./limits.ts";
import { SignatureReader } from "./signatures.ts";
import { TransactionReader } from "./transactionReader.ts";
import { writeTransactions } from "./transactionWriter.ts";

export interface BatchLayout {
  columns: Uint8Array;
  signatures: Uint8Array;
}

export function writeLayout(blocks: BatchBlock[]): BatchLayout {
  const out = new ByteWriter(64 * 1024);
  writeBlocks(out, blocks);
  const { columns, signatures } = writeTransactions(collectTransactions(blocks));
  writeColumns(out, columns);
  if (out.length > BATCH_LIMITS.columnBytes) {
    throw new InvariantError(`a batch of ${out.length} bytes is too large`);
  }
  return { columns: out.finish(), signatures };
}

function collectTransactions(blocks: BatchBlock[]): Uint8Array[] {
  const raws: Uint8Array[] = [];
  let bytes = 0;
  for (const { number, transactions } of blocks) {
    for (const raw of transactions) {
      if (raw.length === 0) throw new InvariantError(`block ${number} has an empty transaction`);
      // Whoever rebuilds the chain takes deposits from L1 itself: a batch could only repeat them, or lie.
      if (raw[0] === DEPOSIT_TYPE) {
        throw new InvariantError(`block ${number} has a deposit, which batches do not carry`);
      }
      if (raw.length > BATCH_LIMITS.transactionBytes) {
        throw new InvariantError(`block ${number} has a transaction of ${raw.length} bytes`);
      }
      bytes += raw.length;
      raws.push(raw);
    }
  }
  if (raws.length > BATCH_LIMITS.transactions) {
    throw new InvariantError(`${raws.length} transactions are too many for a batch`);
  }
  if (bytes > BATCH_LIMITS.transactionsBytes) {
    throw new InvariantError(`transactions of ${bytes} bytes are too large for a batch`);
  }
  return raws;
}

export function readLayout({ columns, signatures }: BatchLayout): BatchBlock[] {
  const reader = new ByteReader(columns);
  const { heads, counts, transactions } = readBlocks(reader);
  const readers = readColumns(reader);
  reader.end("batch");
  const kinds = readers.kinds.peek();
  if (kinds.length !== transactions) {
    throw new DecodeError(`${transactions} transactions, but ${kinds.length} kinds`);
  }
  let signed = 0;
  for (const kind of kinds) if (kind !== KIND.raw) signed++;
  const signatureReader = new SignatureReader(signatures, signed);
  const transactionReader = new TransactionReader(readers, signatureReader);
  const blocks = heads.map((head, index): BatchBlock => {
    const raws: Uint8Array[] = [];
    for (let left = counts[index] ?? 0; left > 0; left--) raws.push(transactionReader.read());
    return { ...head, transactions: raws };
  });
  endColumns(readers);
  signatureReader.end();
  return blocks;
}
