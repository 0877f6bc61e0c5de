import {
  ByteReader,
  ByteWriter,
  decodeTransaction,
  keccak256,
  type Transaction,
} from "../../protocol/index.ts";

const WHAT = "archived transactions";
const MAX_TRANSACTION = 2 ** 31;

/** Senders stand beside the transactions: recovering them again would be most of a read's cost. */
export function encodeBody(
  transactions: readonly Pick<Transaction, "raw" | "sender" | "deposit">[],
): Uint8Array {
  const writer = new ByteWriter(transactions.length * 160 + 16);
  writer.varint(transactions.length);
  for (const { raw, sender, deposit } of transactions) {
    writer.prefixed(raw);
    if (deposit === undefined) writer.bytes(sender);
  }
  return writer.finish();
}

interface Entry {
  /** Shares memory with what is read. */
  raw: Uint8Array;
  /** Undefined for a deposit, which names it itself. */
  sender: Uint8Array | undefined;
}

const DEPOSIT = 0x7e;

function* entries(bytes: Uint8Array): Generator<Entry> {
  const reader = new ByteReader(bytes);
  for (let left = reader.varint(WHAT); left > 0; left--) {
    const raw = reader.view(reader.varint(WHAT, MAX_TRANSACTION), WHAT);
    yield { raw, sender: raw[0] === DEPOSIT ? undefined : reader.bytes(20, WHAT) };
  }
}

export function decodeBody(bytes: Uint8Array): Transaction[] {
  const transactions: Transaction[] = [];
  for (const { raw, sender } of entries(bytes)) {
    transactions.push(
      decodeTransaction(raw, sender === undefined ? { deposits: true } : { sender, deposits: true }),
    );
  }
  return transactions;
}

/** The transactions as they were signed, not decoded. */
export function rawBody(bytes: Uint8Array): { raw: Uint8Array }[] {
  return [...entries(bytes)];
}

/** Hashes of the transactions at these places; nothing is decoded for them. */
export function transactionHashes(bytes: Uint8Array, wanted: ReadonlySet<number>): Map<number, Uint8Array> {
  const hashes = new Map<number, Uint8Array>();
  let index = 0;
  for (const { raw } of entries(bytes)) {
    if (wanted.has(index)) hashes.set(index, keccak256(raw));
    if (hashes.size === wanted.size) break;
    index++;
  }
  return hashes;
}
