import type { MessagePort } from "node:worker_threads";
import type { AccountRecord } from "../state/types.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import {
  type AccountRead,
  type AccountWrite,
  type ReadSet,
  type SlotRead,
  sameBytes,
  type WriteSet,
} from "./access.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import { ByteReader, ByteWriter } from "./byteStream.ts";
import { readEnvironment, readTransaction, writeEnvironment, writeTransaction } from "./laneJobCodec.ts";
import { type DoneOutcome, EMPTY_BLOOM, type Outcome } from "./outcome.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/**
 * What crosses the thread of a lane. Bodies are packed (see the encoders here) and transferred.
 *
 * `port` carries jobs one way and outcomes the other; `signal` is shared memory of {@link LaneSignal}'s layout.
 */
export interface LaneWorkerStart {
  port: MessagePort;
  signal: SharedArrayBuffer;
}

/** 32-bit numbers in shared memory. */
export const LaneSignal = {
  /** Messages that the lane has posted so far; the coordinator sleeps on it. */
  POSTED: 0,
  /** Jobs up to this one are not wanted any more. */
  CANCELLED: 1,
  /** 1 while the coordinator has nothing to do before the lane's next outcome: not a moment to save on messages. */
  AWAITED: 2,
  BYTES: 12,
} as const;

/** A byte of {@link LaneRequest.claims}: who runs the task. Whoever is first takes it. */
export const TaskClaim = { FREE: 0, LANE: 1, COORDINATOR: 2 } as const;

export interface LaneRequest {
  id: number;
  /** A TaskClaim for each task that is no rehearsal, in the order of the tasks; shared. */
  claims: SharedArrayBuffer;
  /** encodeLaneJob */
  job: Uint8Array<ArrayBuffer>;
}

/** Some of a job's outcomes, in the order of the tasks that the lane has claimed. */
export interface LaneResponse {
  id: number;
  /** encodeOutcomes */
  outcomes: Uint8Array<ArrayBuffer>;
  /** Milliseconds that the lane has worked on the job so far. */
  workedMs: number;
  /** Why the lane could not go on. */
  failure: string | undefined;
}

export interface LaneTask {
  transaction: LaneTransaction;
  /** Run it as if its sender's earlier transactions, which other lanes may hold, had been run. */
  assumeNonce: boolean;
  /** Another lane answers for it; this one needs only what it leaves behind. */
  rehearsal: boolean;
  /** A later task of this lane builds on it: it is run here even when the coordinator has taken it back. */
  builtOn?: boolean;
}

export interface LaneJob {
  environment: BlockEnvironment;
  /** StateLayers that lead to the parent's state, encoded. */
  layers?: Uint8Array[] | undefined;
  transactions: LaneTask[];
}

export function encodeLaneJob({ environment, layers, transactions }: LaneJob): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  writeEnvironment(out, environment);
  out.list(layers ?? [], (layer) => out.blob(layer));
  out.list(transactions, ({ transaction, assumeNonce, rehearsal, builtOn }) => {
    out.uint((assumeNonce ? 1 : 0) + (rehearsal ? 2 : 0) + (builtOn === true ? 4 : 0));
    writeTransaction(out, transaction);
  });
  return out.finish();
}

export function decodeLaneJob(bytes: Uint8Array): LaneJob {
  const from = new ByteReader(bytes);
  const environment = readEnvironment(from);
  return {
    environment,
    layers: from.list(() => from.blob()),
    transactions: from.list(() => {
      const flags = from.uint();
      const transaction = readTransaction(from);
      return {
        transaction,
        assumeNonce: (flags & 1) !== 0,
        rehearsal: (flags & 2) !== 0,
        builtOn: (flags & 4) !== 0,
      };
    }),
  };
}

export function encodeOutcomes(outcomes: Outcome[]): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  for (const outcome of outcomes) writeOutcome(out, outcome);
  return out.finish();
}

/** Decodes one after the other, as they are asked for: what is never looked at costs nothing. */
export class OutcomeReader {
  private readonly from: ByteReader;

  constructor(bytes: Uint8Array) {
    this.from = new ByteReader(bytes);
  }

  /** Undefined at the end. */
  next(): Outcome | undefined {
    return this.from.done ? undefined : readOutcome(this.from);
  }
}

const INVALID = 0;
const DONE = 1;
const DONE_DEPOSIT = 2;

function writeOutcome(out: ByteWriter, outcome: Outcome): void {
  const depositNonce = outcome.kind === "done" ? outcome.depositNonce : undefined;
  out.uint(outcome.kind !== "done" ? INVALID : depositNonce === undefined ? DONE : DONE_DEPOSIT);
  if (depositNonce !== undefined) out.bigint(depositNonce);
  writeReads(out, outcome.reads, outcome.kind === "done" ? outcome.writes : undefined);
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
  const kind = from.uint();
  const depositNonce = kind === DONE_DEPOSIT ? from.bigint() : undefined;
  const reads = readReads(from);
  if (kind === INVALID) return { kind: "invalid", reads, reason: from.utf8(), retryable: from.uint() === 1 };
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
  const outcome: DoneOutcome = {
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
  if (depositNonce !== undefined) outcome.depositNonce = depositNonce;
  return outcome;
}

/**
 * What was read from the parent's state is left out, the coordinator has it; unless the transaction wrote there, so
 * that the coordinator will need it and saves a read of the store.
 */
function writeReads(out: ByteWriter, { accounts, slots }: ReadSet, writes: WriteSet | undefined): void {
  const written = new Map(writes?.accounts.map((write) => [write.key, write]));
  out.list(accounts, (read) => {
    const { key, record, fromBase, fields, minBalance, maxBalance } = read;
    const omitted = read.omitted || (fromBase && !written.has(key));
    out.latin1(key);
    out.uint(fields * 8 + (maxBalance === undefined ? 0 : 4) + (omitted ? 2 : 0) + (fromBase ? 1 : 0));
    if (!omitted) writeRecord(out, record);
    out.bigint(minBalance);
    if (maxBalance !== undefined) out.bigint(maxBalance);
  });
  out.list(slots, ({ key, slot, value, fromBase }) => {
    const omitted =
      value === undefined || (fromBase && written.get(key)?.slots.some((one) => one.slot === slot) !== true);
    out.latin1(key);
    out.latin1(slot);
    out.uint((omitted ? 2 : 0) + (fromBase ? 1 : 0));
    if (!omitted) out.blob(value);
  });
}

function readReads(from: ByteReader): ReadSet {
  return { accounts: from.list(() => readAccountRead(from)), slots: from.list(() => readSlotRead(from)) };
}

function readAccountRead(from: ByteReader): AccountRead {
  const key = from.latin1();
  const flags = from.uint();
  const omitted = (flags & 2) !== 0;
  return {
    key,
    fromBase: (flags & 1) !== 0,
    omitted,
    fields: flags >> 3,
    record: omitted ? undefined : readRecord(from),
    minBalance: from.bigint(),
    maxBalance: (flags & 4) === 0 ? undefined : from.bigint(),
  };
}

function readSlotRead(from: ByteReader): SlotRead {
  const key = from.latin1();
  const slot = from.latin1();
  const flags = from.uint();
  return { key, slot, fromBase: (flags & 1) !== 0, value: (flags & 2) !== 0 ? undefined : from.blob() };
}

const DELETED = 1;
const CLEARED = 2;
const NEW_NONCE = 4;
const NEW_CODE = 8;
const POORER = 16;

function writeWrites(out: ByteWriter, { accounts, codes }: WriteSet): void {
  out.list(accounts, ({ key, deleted, nonce, codeHash, balanceDelta, storageCleared, slots }) => {
    const flags =
      (deleted ? DELETED : 0) |
      (storageCleared ? CLEARED : 0) |
      (nonce === undefined ? 0 : NEW_NONCE) |
      (codeHash === undefined ? 0 : NEW_CODE) |
      (balanceDelta < 0n ? POORER : 0);
    out.latin1(key);
    out.uint(flags);
    if (nonce !== undefined) out.bigint(nonce);
    if (codeHash !== undefined) out.blob(codeHash);
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
    accounts: from.list(() => readAccountWrite(from)),
    codes: from.list(() => ({ hash: from.blob(), code: from.blob() })),
  };
}

function readAccountWrite(from: ByteReader): AccountWrite {
  const key = from.latin1();
  const flags = from.uint();
  const nonce = (flags & NEW_NONCE) === 0 ? undefined : from.bigint();
  const codeHash = (flags & NEW_CODE) === 0 ? undefined : from.blob();
  const moved = from.bigint();
  return {
    key,
    deleted: (flags & DELETED) !== 0,
    nonce,
    codeHash,
    balanceDelta: (flags & POORER) === 0 ? moved : -moved,
    storageCleared: (flags & CLEARED) !== 0,
    slots: from.list(() => ({ slot: from.latin1(), value: from.blob() })),
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
