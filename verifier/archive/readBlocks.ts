import {
  type Block,
  contractAddress,
  DecodeError,
  effectiveTip,
  InvariantError,
  logsBloom,
  type Receipt,
  type Transaction,
} from "../../protocol/index.ts";
import { HIGHEST_NUMBER, numberKey, numberOf } from "./archiveKeys.ts";
import type { ArchiveView } from "./archiveStore.ts";
import { decodeBody } from "./bodyCodec.ts";
import { decodeOutcomes, type Outcome } from "./outcomeCodec.ts";
import { unpack } from "./packed.ts";
import { type BlockRecord, decodeBlockRecord } from "./recordCodec.ts";
import type { ArchivedTransaction } from "./types.ts";

/** From the highest number to 0: the end, which is left out, is a shorter key than any. */
export const DOWNWARDS = { start: numberKey(HIGHEST_NUMBER), end: Buffer.of(0), reverse: true, limit: 1 };

export function headRecord(view: ArchiveView): BlockRecord | undefined {
  for (const { value } of view.entries("block", DOWNWARDS)) return decodeBlockRecord(value);
  return undefined;
}

export function blockRecord(view: ArchiveView, number: number): BlockRecord | undefined {
  if (!isNumber(number)) return undefined;
  const bytes = view.get("block", numberKey(number));
  return bytes === undefined ? undefined : decodeBlockRecord(bytes);
}

export function numberByHash(view: ArchiveView, hash: Uint8Array): number | undefined {
  const key = view.get("hash", hash);
  return key === undefined ? undefined : numberOf(key);
}

export function blockAt(view: ArchiveView, number: number): Block | undefined {
  const record = blockRecord(view, number);
  if (record === undefined) return undefined;
  const { header, hash, size } = record;
  const transactions = decodeBody(part(view, "body", number));
  return { header, hash, size, transactions, receipts: receiptsOf(view, record, transactions) };
}

export function minedTransaction(view: ArchiveView, hash: Uint8Array): ArchivedTransaction | undefined {
  const place = view.get("place", hash);
  if (place === undefined) return undefined;
  const index = new DataView(place.buffer, place.byteOffset).getUint32(0);
  const block = blockAt(view, numberOf(place));
  const transaction = block?.transactions[index];
  const receipt = block?.receipts[index];
  if (block === undefined || transaction === undefined || receipt === undefined) {
    throw new InvariantError("the archive's index names a transaction that is not there");
  }
  const { number, timestamp, baseFeePerGas } = block.header;
  return {
    transaction,
    receipt,
    blockNumber: number,
    blockHash: block.hash,
    blockTimestamp: timestamp,
    baseFeePerGas,
    index,
    firstLogIndex: block.receipts.slice(0, index).reduce((sum, { logs }) => sum + logs.length, 0),
    ...(receipt.depositNonce === undefined ? {} : { depositNonce: receipt.depositNonce }),
  };
}

export function outcomesOf(view: ArchiveView, number: number): Outcome[] {
  return decodeOutcomes(unpack(part(view, "outcome", number)));
}

/** A part that was written with the block's record. */
export function part(view: ArchiveView, name: "body" | "outcome", number: number): Uint8Array {
  const bytes = view.get(name, numberKey(number));
  if (bytes === undefined) throw new InvariantError(`the archive has no ${name} of block ${number}`);
  return bytes;
}

export function isNumber(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= HIGHEST_NUMBER;
}

function receiptsOf(view: ArchiveView, { header }: BlockRecord, transactions: Transaction[]): Receipt[] {
  const outcomes = outcomesOf(view, header.number);
  let cumulativeGasUsed = 0n;
  return transactions.map((transaction, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new DecodeError(`block ${header.number} has too few archived receipts`);
    cumulativeGasUsed += outcome.gasUsed;
    return receiptOf(transaction, outcome, cumulativeGasUsed, header.baseFeePerGas);
  });
}

function receiptOf(
  transaction: Transaction,
  outcome: Outcome,
  cumulativeGasUsed: bigint,
  baseFeePerGas: bigint,
): Receipt {
  const { status, gasUsed, logs, created, nonce } = outcome;
  return {
    type: transaction.type,
    status,
    gasUsed,
    cumulativeGasUsed,
    effectiveGasPrice: baseFeePerGas + effectiveTip(transaction, baseFeePerGas),
    logsBloom: logsBloom(logs),
    logs,
    contractAddress: created ? contractAddress(transaction.sender, nonce ?? transaction.nonce) : undefined,
    ...(nonce === undefined ? {} : { depositNonce: nonce }),
  };
}
