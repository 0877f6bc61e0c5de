import {
  ByteReader,
  ByteWriter,
  bigIntToBytes,
  bytesToBigInt,
  type Log,
  type Receipt,
} from "../../protocol/index.ts";

/** What a transaction's receipt holds that neither the transaction nor the receipts before it tell. */
export interface Outcome {
  status: 0 | 1;
  gasUsed: bigint;
  logs: Log[];
  created: boolean;
  /** Of a deposit. */
  nonce: bigint | undefined;
}

const SUCCEEDED = 1;
const CREATED = 2;
const DEPOSIT = 4;
const LOGGED = 8;
const WHAT = "archived receipts";

export function encodeOutcomes(receipts: readonly Receipt[]): Uint8Array {
  const writer = new ByteWriter(receipts.length * 64 + 16);
  writer.varint(receipts.length);
  for (const { status, gasUsed, logs, contractAddress, depositNonce } of receipts) {
    writer.byte(
      (status === 1 ? SUCCEEDED : 0) |
        (contractAddress === undefined ? 0 : CREATED) |
        (depositNonce === undefined ? 0 : DEPOSIT) |
        (logs.length === 0 ? 0 : LOGGED),
    );
    writer.varint(Number(gasUsed));
    if (depositNonce !== undefined) writer.word(bigIntToBytes(depositNonce));
    if (logs.length > 0) writeLogs(writer, logs);
  }
  return writer.finish();
}

function writeLogs(writer: ByteWriter, logs: readonly Log[]): void {
  writer.varint(logs.length);
  for (const { address, topics, data } of logs) {
    writer.bytes(address);
    writer.byte(topics.length);
    for (const topic of topics) writer.bytes(topic);
    writer.prefixed(data);
  }
}

/** Logs share memory with `bytes`. */
export function decodeOutcomes(bytes: Uint8Array): Outcome[] {
  const reader = new ByteReader(bytes);
  const outcomes: Outcome[] = [];
  for (let left = reader.varint(WHAT); left > 0; left--) {
    const flags = reader.byte(WHAT);
    outcomes.push({
      status: (flags & SUCCEEDED) === 0 ? 0 : 1,
      created: (flags & CREATED) !== 0,
      gasUsed: BigInt(reader.varint(WHAT)),
      nonce: (flags & DEPOSIT) === 0 ? undefined : bytesToBigInt(reader.word(WHAT)),
      logs: (flags & LOGGED) === 0 ? [] : readLogs(reader),
    });
  }
  return outcomes;
}

function readLogs(reader: ByteReader): Log[] {
  const logs: Log[] = [];
  for (let left = reader.varint(WHAT); left > 0; left--) {
    const address = reader.view(20, WHAT);
    const topics: Uint8Array[] = [];
    for (let count = reader.byte(WHAT); count > 0; count--) topics.push(reader.view(32, WHAT));
    logs.push({ address, topics, data: reader.view(reader.varint(WHAT), WHAT) });
  }
  return logs;
}
