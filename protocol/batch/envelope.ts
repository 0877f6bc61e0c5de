/**
 * A signed envelope ↔ its fields, as byte strings.
 *
 * `joinEnvelope(splitEnvelope(raw))` is `raw`, byte for byte: what RLP allows in one form only needs no more than its
 * fields to be rebuilt. `splitEnvelope` gives undefined for whatever is not in that form.
 */
import { EMPTY_BYTES, stripLeadingZeros } from "../bytes.ts";
import { DecodeError } from "../errors.ts";
import { RlpWriter } from "../state/rlpWriter.ts";
import { RlpReader } from "../transaction/rlpReader.ts";
import type { AccessListEntry } from "../transaction/transaction.ts";

/** Numbers are big-endian without leading zeros, views of the source. */
export interface EnvelopeAuthorization {
  chainId: Uint8Array;
  /** 20 bytes. */
  address: Uint8Array;
  nonce: Uint8Array;
  yParity: number;
  r: Uint8Array;
  s: Uint8Array;
}

/** Numbers are big-endian without leading zeros, views of the source. */
export interface Envelope {
  type: 0 | 1 | 2 | 4;
  /** Undefined for a legacy transaction without replay protection. */
  chainId: Uint8Array | undefined;
  nonce: number;
  gasLimit: Uint8Array;
  /** `gasPrice` of types 0 and 1. */
  feeCap: Uint8Array;
  /** Empty for types 0 and 1. */
  tip: Uint8Array;
  /** 20 bytes, or none for a creation. */
  to: Uint8Array;
  value: Uint8Array;
  data: Uint8Array;
  accessList: AccessListEntry[];
  authorizationList: EnvelopeAuthorization[];
  yParity: 0 | 1;
  /** At most 32 bytes. */
  r: Uint8Array;
  s: Uint8Array;
}

/** Thrown away where it is caught: the envelope is in no form that has columns. */
class Unfit extends DecodeError {}

export function splitEnvelope(raw: Uint8Array): Envelope | undefined {
  const [first = 0] = raw;
  try {
    if (first >= 0xc0) return splitLegacy(raw);
    return first === 1 || first === 2 || first === 4 ? splitTyped(raw, first) : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function openList(raw: Uint8Array, start: number): RlpReader {
  const outer = new RlpReader(raw, start);
  const fields = outer.list("transaction");
  if (!outer.done) throw new Unfit("bytes follow the transaction");
  return fields;
}

function splitLegacy(raw: Uint8Array): Envelope {
  const fields = openList(raw, 0);
  const nonce = safeInteger(fields);
  const feeCap = integer(fields, 32);
  const gasLimit = integer(fields, 8);
  const to = recipient(fields);
  const value = integer(fields, 32);
  const data = fields.string("data");
  const v = safeInteger(fields);
  const [r, s] = [integer(fields, 32), integer(fields, 32)];
  fields.finish("transaction");
  const isProtected = v >= 35;
  if (!isProtected && v !== 27 && v !== 28) throw new Unfit("v has no chain id and no parity");
  return {
    type: 0,
    chainId: isProtected ? numberToBytes(Math.floor((v - 35) / 2)) : undefined,
    nonce,
    gasLimit,
    feeCap,
    tip: EMPTY_BYTES,
    to,
    value,
    data,
    accessList: [],
    authorizationList: [],
    yParity: (isProtected ? (v - 35) % 2 : v - 27) === 0 ? 0 : 1,
    r,
    s,
  };
}

function splitTyped(raw: Uint8Array, type: 1 | 2 | 4): Envelope {
  const fields = openList(raw, 1);
  const chainId = integer(fields, 32);
  const nonce = safeInteger(fields);
  const tip = type === 1 ? EMPTY_BYTES : integer(fields, 32);
  const feeCap = integer(fields, 32);
  const gasLimit = integer(fields, 8);
  const to = recipient(fields);
  const value = integer(fields, 32);
  const data = fields.string("data");
  const accessList = readAccessList(fields);
  const authorizationList = type === 4 ? readAuthorizations(fields) : [];
  const parity = safeInteger(fields);
  if (parity > 1) throw new Unfit("no parity");
  const [r, s] = [integer(fields, 32), integer(fields, 32)];
  fields.finish("transaction");
  return {
    type,
    chainId,
    nonce,
    gasLimit,
    feeCap,
    tip,
    to,
    value,
    data,
    accessList,
    authorizationList,
    yParity: parity === 0 ? 0 : 1,
    r,
    s,
  };
}

function integer(fields: RlpReader, maxBytes: number): Uint8Array {
  const bytes = fields.string("integer");
  if (bytes.length > maxBytes || bytes[0] === 0) throw new Unfit("no integer");
  return bytes;
}

function safeInteger(fields: RlpReader): number {
  const value = bytesToNumber(integer(fields, 7));
  if (value > Number.MAX_SAFE_INTEGER) throw new Unfit("integer too large");
  return value;
}

function recipient(fields: RlpReader): Uint8Array {
  const to = fields.string("to");
  if (to.length !== 20 && to.length !== 0) throw new Unfit("no address");
  return to;
}

function readAccessList(fields: RlpReader): AccessListEntry[] {
  const list = fields.list("accessList");
  const entries: AccessListEntry[] = [];
  while (!list.done) {
    const entry = list.list("entry");
    const address = entry.fixed("address", 20);
    const keys = entry.list("storageKeys");
    const storageKeys: Uint8Array[] = [];
    while (!keys.done) storageKeys.push(keys.fixed("storageKey", 32));
    entry.finish("entry");
    entries.push({ address, storageKeys });
  }
  return entries;
}

function readAuthorizations(fields: RlpReader): EnvelopeAuthorization[] {
  const list = fields.list("authorizationList");
  const authorizations: EnvelopeAuthorization[] = [];
  while (!list.done) {
    const entry = list.list("authorization");
    authorizations.push({
      chainId: integer(entry, 32),
      address: entry.fixed("address", 20),
      nonce: integer(entry, 8),
      yParity: bytesToNumber(integer(entry, 1)),
      r: integer(entry, 32),
      s: integer(entry, 32),
    });
    entry.finish("authorization");
  }
  return authorizations;
}

/** The fields need not be what `splitEnvelope` gave: any bytes in their lengths make an envelope. */
export function joinEnvelope(envelope: Envelope): Uint8Array {
  const { type, chainId, nonce, gasLimit, feeCap, tip, to, value, data, yParity } = envelope;
  const [r, s] = [stripLeadingZeros(envelope.r), stripLeadingZeros(envelope.s)];
  const nonceBytes = numberToBytes(nonce);
  if (type === 0) {
    const v =
      chainId === undefined
        ? Uint8Array.of(27 + yParity)
        : numberToBytes(35 + 2 * bytesToNumber(chainId) + yParity);
    return encodeList(type, [nonceBytes, feeCap, gasLimit, to, value, data], EMPTY_BYTES, [v, r, s]);
  }
  const fees = type === 1 ? [feeCap] : [tip, feeCap];
  const head = [chainId ?? EMPTY_BYTES, nonceBytes, ...fees, gasLimit, to, value, data];
  return encodeList(type, head, encodeLists(envelope), [yParity === 0 ? EMPTY_BYTES : ONE, r, s]);
}

const ONE = Uint8Array.of(1);
const EMPTY_LIST = Uint8Array.of(0xc0);

/** The lists' RLP, end to end. No recursion and no spread: there may be half a million storage keys. */
function encodeLists({ type, accessList, authorizationList }: Envelope): Uint8Array {
  if (accessList.length === 0 && type !== 4) return EMPTY_LIST;
  const writer = new RlpWriter();
  if (type === 4) writeAuthorizations(writer, authorizationList);
  const list = writer.mark();
  for (let index = accessList.length - 1; index >= 0; index--) {
    const { address = EMPTY_BYTES, storageKeys = [] } = accessList[index] ?? {};
    const entry = writer.mark();
    for (let key = storageKeys.length - 1; key >= 0; key--) writer.bytes(storageKeys[key] ?? EMPTY_BYTES);
    writer.list(entry);
    writer.bytes(address);
    writer.list(entry);
  }
  writer.list(list);
  return writer.finish();
}

function writeAuthorizations(writer: RlpWriter, authorizations: EnvelopeAuthorization[]): void {
  const list = writer.mark();
  for (let index = authorizations.length - 1; index >= 0; index--) {
    const authorization = authorizations[index];
    if (authorization === undefined) continue;
    const entry = writer.mark();
    writer.number(authorization.s);
    writer.number(authorization.r);
    writer.bytes(numberToBytes(authorization.yParity));
    writer.bytes(authorization.nonce);
    writer.bytes(authorization.address);
    writer.bytes(authorization.chainId);
    writer.list(entry);
  }
  writer.list(list);
}

/** `type ‖ rlp([...head, middle, ...tail])`, where `middle` is RLP already. */
function encodeList(type: number, head: Uint8Array[], middle: Uint8Array, tail: Uint8Array[]): Uint8Array {
  let body = middle.length;
  for (const item of head) body += itemLength(item);
  for (const item of tail) body += itemLength(item);
  const start = type === 0 ? 0 : 1;
  const raw = new Uint8Array(start + headerLength(body) + body);
  if (start === 1) raw[0] = type;
  let at = writeHeader(raw, start, body, 0xc0);
  for (const item of head) at = writeItem(raw, at, item);
  raw.set(middle, at);
  at += middle.length;
  for (const item of tail) at = writeItem(raw, at, item);
  return raw;
}

function isSingle(item: Uint8Array): boolean {
  return item.length === 1 && (item[0] ?? 0) < 0x80;
}

function itemLength(item: Uint8Array): number {
  return isSingle(item) ? 1 : headerLength(item.length) + item.length;
}

function headerLength(length: number): number {
  return length < 56 ? 1 : 1 + numberToBytes(length).length;
}

function writeItem(raw: Uint8Array, at: number, item: Uint8Array): number {
  const { length } = item;
  const start = isSingle(item) ? at : writeHeader(raw, at, length, 0x80);
  if (length <= 32) for (let i = 0; i < length; i++) raw[start + i] = item[i] ?? 0;
  else raw.set(item, start);
  return start + length;
}

function writeHeader(raw: Uint8Array, at: number, length: number, base: 0x80 | 0xc0): number {
  if (length < 56) {
    raw[at] = base + length;
    return at + 1;
  }
  const bytes = numberToBytes(length);
  raw[at] = base + 55 + bytes.length;
  raw.set(bytes, at + 1);
  return at + 1 + bytes.length;
}

/** Exact up to seven bytes below 2^53. */
export function bytesToNumber(bytes: Uint8Array): number {
  let value = 0;
  for (let i = 0; i < bytes.length; i++) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

export function numberToBytes(value: number): Uint8Array {
  let length = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) length++;
  const bytes = new Uint8Array(length);
  for (let rest = value, i = length - 1; i >= 0; rest = Math.floor(rest / 256), i--) bytes[i] = rest % 256;
  return bytes;
}
