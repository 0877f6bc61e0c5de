import { RLP } from "@ethereumjs/rlp";
import { bigIntToBytes, EMPTY_BYTES, type Receipt } from "../../protocol/index.ts";

/** The transaction type is any that EIP-2718 allows. */
type AnyReceipt = Omit<Receipt, "type"> & { type: number };

const SUCCESS = Uint8Array.of(1);

const BLOOM_LENGTH = 256;
/** RLP headers: a string of 256 bytes, the empty list. */
const BLOOM_HEADER = [0xb9, 0x01, 0x00];
const NO_LOGS = 0xc0;

/** A receipt as the receipts trie holds it: EIP-2718 type byte (none for legacy), then the RLP of its four fields. */
export function encodeReceipt(receipt: AnyReceipt): Uint8Array {
  const { type, status, cumulativeGasUsed, logsBloom, logs } = receipt;
  if (logs.length === 0) return encodeWithoutLogs(receipt);
  const fields = RLP.encode([
    status === 1 ? SUCCESS : EMPTY_BYTES,
    bigIntToBytes(cumulativeGasUsed),
    logsBloom,
    logs.map(({ address, topics, data }) => [address, topics, data]),
  ]);
  if (type === 0) return fields;
  const typed = new Uint8Array(fields.length + 1);
  typed[0] = type;
  typed.set(fields, 1);
  return typed;
}

/** Most receipts, and all of transfers: the bloom is zero and the layout is known. Gas used is at least 21,000. */
function encodeWithoutLogs({ type, status, cumulativeGasUsed }: AnyReceipt): Uint8Array {
  const gas = bigIntToBytes(cumulativeGasUsed);
  const payload = 1 + 1 + gas.length + BLOOM_HEADER.length + BLOOM_LENGTH + 1;
  const start = type === 0 ? 0 : 1;
  const encoded = new Uint8Array(start + 3 + payload);
  if (type !== 0) encoded[0] = type;
  encoded[start] = 0xf9;
  encoded[start + 1] = payload >> 8;
  encoded[start + 2] = payload & 0xff;
  encoded[start + 3] = status === 1 ? 1 : 0x80;
  encoded[start + 4] = 0x80 + gas.length;
  encoded.set(gas, start + 5);
  encoded.set(BLOOM_HEADER, start + 5 + gas.length);
  encoded[encoded.length - 1] = NO_LOGS;
  return encoded;
}
