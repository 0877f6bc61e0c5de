import { bigIntToBytes, DEPOSIT_RECEIPT_VERSION, type Log, type Receipt } from "../../protocol/index.ts";
import { stringLength, writeHeader, writeString } from "../trie/nodeEncoder.ts";

/** The transaction type is any that EIP-2718 allows. */
type AnyReceipt = Omit<Receipt, "type"> & { type: number };

const LIST = 0xc0;
/** A topic's 32 bytes with their header. */
const TOPIC_LENGTH = 33;
const BLOOM_LENGTH = 256;
/** RLP headers: a string of 256 bytes, the empty list. */
const BLOOM_HEADER = [0xb9, 0x01, 0x00];
const NO_LOGS = 0xc0;

/**
 * A receipt as the receipts trie holds it: EIP-2718 type byte (none for legacy), then the RLP of its four fields; a
 * deposit's has its nonce and version behind them (OP Stack, Canyon).
 */
export function encodeReceipt(receipt: AnyReceipt): Uint8Array {
  if (receipt.logs.length === 0 && receipt.depositNonce === undefined) return encodeWithoutLogs(receipt);
  return encodeInFull(receipt);
}

/** Written in one pass into one array of the right size: a block's logs are most of what is hashed for it. */
function encodeInFull(receipt: AnyReceipt): Uint8Array {
  const { type, status, cumulativeGasUsed, logsBloom, logs, depositNonce } = receipt;
  const tail = depositNonce === undefined ? [] : [depositNonce, DEPOSIT_RECEIPT_VERSION].map(bigIntToBytes);
  const gas = bigIntToBytes(cumulativeGasUsed);
  const logPayloads = logs.map(logPayload);
  const logsPayload = logPayloads.reduce((sum, payload) => sum + listLength(payload), 0);
  const fields = 1 + stringLength(gas) + BLOOM_HEADER.length + BLOOM_LENGTH + listLength(logsPayload);
  const payload = tail.reduce((sum, field) => sum + stringLength(field), fields);
  const start = type === 0 ? 0 : 1;
  const encoded = new Uint8Array(start + listLength(payload));
  if (type !== 0) encoded[0] = type;
  let at = writeHeader(encoded, start, LIST, payload);
  encoded[at++] = status === 1 ? 1 : 0x80;
  at = writeString(encoded, at, gas);
  at = writeString(encoded, at, logsBloom);
  at = writeHeader(encoded, at, LIST, logsPayload);
  for (const [i, { address, topics, data }] of logs.entries()) {
    at = writeHeader(encoded, at, LIST, logPayloads[i] ?? 0);
    at = writeString(encoded, at, address);
    at = writeHeader(encoded, at, LIST, topics.length * TOPIC_LENGTH);
    for (const topic of topics) at = writeString(encoded, at, topic);
    at = writeString(encoded, at, data);
  }
  for (const field of tail) at = writeString(encoded, at, field);
  return encoded;
}

function logPayload({ address, topics, data }: Log): number {
  return stringLength(address) + listLength(topics.length * TOPIC_LENGTH) + stringLength(data);
}

/** Length of a list's RLP, header included. */
function listLength(payload: number): number {
  if (payload < 56) return 1 + payload;
  if (payload < 0x100) return 2 + payload;
  if (payload < 0x1_0000) return 3 + payload;
  return (payload < 0x100_0000 ? 4 : 5) + payload;
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
