import { promisify } from "node:util";
import { constants, deflateRaw, inflateRaw } from "node:zlib";
import type { DeclaredList, FootprintSource, TransactionExecution } from "../../../executor/index.ts";
import { type AccessListEntry, ByteReader, ByteWriter, DecodeError } from "../../../protocol/index.ts";
import { readLocation, writeLocation } from "./locationCodec.ts";

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** First byte of the encoding. */
const PLAIN = 1;
const DEFLATED = 2;
/** Less than this is stored as it is: the call would cost more than the bytes. */
const DEFLATE_FROM_BYTES = 1024;

/** The orders are stored: new values go to the end. */
const FOOTPRINTS: readonly FootprintSource[] = ["implied", "declared", "predicted"];
const DECLARED: readonly DeclaredList[] = ["absent", "exact", "too wide", "too narrow", "wide and narrow"];

/** Bits of an entry's head, above two bits of footprint and three of the declared list's verdict. */
const RE_EXECUTED = 1 << 5;
const CONFLICT = 1 << 6;
const TOUCHED = 1 << 7;

/**
 * How a block's transactions ran: the number of transactions, then an entry for each that was not ordinary. An ordinary
 * one ran once, on the coordinator, and has no list of its own nor a record of what it touched: a plain transfer. A
 * block of those is three bytes, whatever their number.
 *
 * Entry: distance to the previous entry, head, lane, and as the head says: runs, conflict, touched. Deflated on
 * zlib's own threads when it is worth it.
 */
export async function encodeExecutions(executions: readonly TransactionExecution[]): Promise<Uint8Array> {
  const writer = new ByteWriter();
  writer.varint(PLAIN);
  writer.varint(executions.length);
  let next = 0;
  for (let index = 0; index < executions.length; index++) {
    const execution = executions[index];
    if (execution === undefined || isOrdinary(execution)) continue;
    writer.varint(index - next);
    writeExecution(writer, execution);
    next = index + 1;
  }
  const plain = writer.finish();
  if (plain.length < DEFLATE_FROM_BYTES) return plain;
  const deflated = await deflate(plain.subarray(1), { level: constants.Z_BEST_SPEED });
  return Buffer.concat([Buffer.of(DEFLATED), deflated]);
}

export async function decodeExecutions(encoded: Uint8Array): Promise<TransactionExecution[]> {
  const body = encoded.subarray(1);
  if (encoded[0] !== PLAIN && encoded[0] !== DEFLATED) {
    throw new DecodeError(`stored executions have version ${encoded[0]}`);
  }
  const reader = new ByteReader(encoded[0] === PLAIN ? body : await inflate(body));
  const executions = Array.from({ length: reader.varint("stored execution") }, ordinary);
  for (let index = 0; !reader.done; index++) {
    index += reader.varint("stored execution");
    if (index >= executions.length) throw new DecodeError("a stored execution has no transaction");
    executions[index] = readExecution(reader);
  }
  return executions;
}

function ordinary(): TransactionExecution {
  return {
    lane: 0,
    runs: 1,
    conflict: undefined,
    footprint: "implied",
    declared: "absent",
    touched: [],
  };
}

function isOrdinary({ lane, runs, conflict, footprint, declared, touched }: TransactionExecution): boolean {
  return (
    lane === 0 &&
    runs === 1 &&
    touched.length === 0 &&
    declared === "absent" &&
    footprint === "implied" &&
    conflict === undefined
  );
}

function writeExecution(writer: ByteWriter, execution: TransactionExecution): void {
  const { lane, runs, conflict, footprint, declared, touched } = execution;
  const sources = FOOTPRINTS.indexOf(footprint) | (DECLARED.indexOf(declared) << 2);
  const parts =
    (runs === 1 ? 0 : RE_EXECUTED) |
    (conflict === undefined ? 0 : CONFLICT) |
    (touched.length === 0 ? 0 : TOUCHED);
  writer.varint(sources | parts);
  writer.varint(lane);
  if (runs !== 1) writer.varint(runs);
  if (conflict !== undefined) writeLocation(writer, conflict);
  if (touched.length > 0) writeTouched(writer, touched);
}

function readExecution(reader: ByteReader): TransactionExecution {
  const head = reader.varint("stored execution");
  const footprint = FOOTPRINTS[head & 3];
  const declared = DECLARED[(head >> 2) & 7];
  if (footprint === undefined || declared === undefined) {
    throw new DecodeError("a stored execution has an unknown footprint or list");
  }
  return {
    lane: reader.varint("stored execution"),
    runs: (head & RE_EXECUTED) === 0 ? 1 : reader.varint("stored execution"),
    conflict: (head & CONFLICT) === 0 ? undefined : readLocation(reader),
    footprint,
    declared,
    touched: (head & TOUCHED) === 0 ? [] : readTouched(reader),
  };
}

function writeTouched(writer: ByteWriter, touched: readonly AccessListEntry[]): void {
  writer.varint(touched.length);
  for (const { address, storageKeys } of touched) {
    writer.bytes(address);
    writer.varint(storageKeys.length);
    for (const key of storageKeys) writer.word(key);
  }
}

function readTouched(reader: ByteReader): AccessListEntry[] {
  const touched: AccessListEntry[] = [];
  for (let left = reader.varint("stored execution"); left > 0; left--) {
    const address = reader.bytes(20, "stored execution");
    const storageKeys: Uint8Array[] = [];
    for (let keys = reader.varint("stored execution"); keys > 0; keys--)
      storageKeys.push(reader.word("stored slot"));
    touched.push({ address, storageKeys });
  }
  return touched;
}
