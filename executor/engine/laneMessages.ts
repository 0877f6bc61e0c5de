import type { AccountRecord } from "../state/types.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { type ReadSet, sameBytes, type WriteSet } from "./access.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import { ByteReader, ByteWriter } from "./byteStream.ts";
import { readEnvironment, readTransaction, writeEnvironment, writeTransaction } from "./laneJobCodec.ts";
import { EMPTY_BLOOM, type Outcome } from "./outcome.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** What crosses the thread of a lane. Bodies are packed (see the encoders here) and transferred. */
export interface LaneRequest {
  id: number;
  /** encodeLaneJob */
  job: Uint8Array<ArrayBuffer>;
}

export type LaneResponse =
  | { kind: "ready" }
  /** encodeOutcomes */
  | { kind: "done"; id: number; outcomes: Uint8Array<ArrayBuffer> }
  | { kind: "failed"; id: number; message: string };

export interface LaneTask {
  transaction: LaneTransaction;
  /** Run it as if its sender's earlier transactions, which other lanes may hold, had been run. */
  assumeNonce: boolean;
}

export interface LaneJob {
  environment: BlockEnvironment;
  transactions: LaneTask[];
}

export function encodeLaneJob({ environment, transactions }: LaneJob): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  writeEnvironment(out, environment);
  out.list(transactions, ({ transaction, assumeNonce }) => {
    out.uint(assumeNonce ? 1 : 0);
    writeTransaction(out, transaction);
  });
  return out.finish();
}

export function decodeLaneJob(bytes: Uint8Array): LaneJob {
  const from = new ByteReader(bytes);
  const environment = readEnvironment(from);
  return {
    environment,
    transactions: from.list(() => ({
      assumeNonce: from.uint() === 1,
      transaction: readTransaction(from),
    })),
  };
}

export function encodeOutcomes(outcomes: Outcome[]): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  out.list(outcomes, (outcome) => writeOutcome(out, outcome));
  return out.finish();
}

export function decodeOutcomes(bytes: Uint8Array): Outcome[] {
  const from = new ByteReader(bytes);
  return from.list(() => readOutcome(from));
}

function writeOutcome(out: ByteWriter, outcome: Outcome): void {
  out.uint(outcome.kind === "done" ? 1 : 0);
  writeReads(out, outcome.reads);
  if (outcome.kind === "invalid") {
    out.utf8(outcome.reason);
    out.uint(outcome.retryable ? 1 : 0);
    return;
  }
  out.uint(outcome.status);
  out.bigint(outcome.gasUsed);
  out.optional(outcome.contractAddress);
  out.uint(outcome.fee === undefined ? 0 : 1);
  if (outcome.fee !== undefined) out.bigint(outcome.fee);
  out.list(outcome.logs, ({ address, topics, data }) => {
    out.blob(address);
    out.list(topics, (topic) => out.blob(topic));
    out.blob(data);
  });
  if (outcome.logs.length > 0) out.blob(outcome.logsBloom);
  writeWrites(out, outcome.writes);
}

function readOutcome(from: ByteReader): Outcome {
  const done = from.uint() === 1;
  const reads = readReads(from);
  if (!done) return { kind: "invalid", reads, reason: from.utf8(), retryable: from.uint() === 1 };
  const status = from.uint() === 1 ? 1 : 0;
  const gasUsed = from.bigint();
  const contractAddress = from.optional();
  const fee = from.uint() === 0 ? undefined : from.bigint();
  const logs = from.list(() => ({
    address: from.blob(),
    topics: from.list(() => from.blob()),
    data: from.blob(),
  }));
  const logsBloom = logs.length > 0 ? from.blob() : EMPTY_BLOOM;
  return {
    kind: "done",
    status,
    gasUsed,
    contractAddress,
    fee,
    logs,
    logsBloom,
    reads,
    writes: readWrites(from),
  };
}

function writeReads(out: ByteWriter, { accounts, slots }: ReadSet): void {
  out.list(accounts, ({ key, record, fromBase, fields, minBalance, maxBalance }) => {
    out.latin1(key);
    writeRecord(out, record);
    out.uint(fields * 4 + (maxBalance === undefined ? 0 : 2) + (fromBase ? 1 : 0));
    out.bigint(minBalance);
    if (maxBalance !== undefined) out.bigint(maxBalance);
  });
  out.list(slots, ({ key, slot, value, fromBase }) => {
    out.latin1(key);
    out.latin1(slot);
    out.blob(value);
    out.uint(fromBase ? 1 : 0);
  });
}

function readReads(from: ByteReader): ReadSet {
  return {
    accounts: from.list(() => {
      const key = from.latin1();
      const record = readRecord(from);
      const flags = from.uint();
      return {
        key,
        record,
        fromBase: (flags & 1) !== 0,
        fields: flags >> 2,
        minBalance: from.bigint(),
        maxBalance: (flags & 2) === 0 ? undefined : from.bigint(),
      };
    }),
    slots: from.list(() => ({
      key: from.latin1(),
      slot: from.latin1(),
      value: from.blob(),
      fromBase: from.uint() === 1,
    })),
  };
}

function writeWrites(out: ByteWriter, { accounts, codes }: WriteSet): void {
  out.list(accounts, ({ key, record, fields, balanceDelta, storageCleared, slots }) => {
    out.latin1(key);
    writeRecord(out, record);
    out.uint(fields * 4 + (balanceDelta < 0n ? 2 : 0) + (storageCleared ? 1 : 0));
    out.bigint(balanceDelta < 0n ? -balanceDelta : balanceDelta);
    out.list(slots, ({ slot, value }) => {
      out.latin1(slot);
      out.blob(value);
    });
  });
  out.list(codes, ({ hash, code }) => {
    out.blob(hash);
    out.blob(code);
  });
}

function readWrites(from: ByteReader): WriteSet {
  return {
    accounts: from.list(() => {
      const key = from.latin1();
      const record = readRecord(from);
      const flags = from.uint();
      const moved = from.bigint();
      return {
        key,
        record,
        fields: flags >> 2,
        balanceDelta: (flags & 2) === 0 ? moved : -moved,
        storageCleared: (flags & 1) !== 0,
        slots: from.list(() => ({ slot: from.latin1(), value: from.blob() })),
      };
    }),
    codes: from.list(() => ({ hash: from.blob(), code: from.blob() })),
  };
}

const NO_ACCOUNT = 0;
const PLAIN = 1;
const WITH_HASHES = 2;

function writeRecord(out: ByteWriter, record: AccountRecord | undefined): void {
  if (record === undefined) {
    out.uint(NO_ACCOUNT);
    return;
  }
  const { nonce, balance, codeHash, storageRoot } = record;
  const plain = sameBytes(codeHash, EMPTY_CODE_HASH) && sameBytes(storageRoot, EMPTY_TRIE_ROOT);
  out.uint(plain ? PLAIN : WITH_HASHES);
  out.bigint(nonce);
  out.bigint(balance);
  if (plain) return;
  out.blob(codeHash);
  out.blob(storageRoot);
}

function readRecord(from: ByteReader): AccountRecord | undefined {
  const form = from.uint();
  if (form === NO_ACCOUNT) return undefined;
  const nonce = from.bigint();
  const balance = from.bigint();
  if (form === PLAIN) return { nonce, balance, codeHash: EMPTY_CODE_HASH, storageRoot: EMPTY_TRIE_ROOT };
  return { nonce, balance, codeHash: from.blob(), storageRoot: from.blob() };
}
