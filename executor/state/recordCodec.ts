import { bytesToBigInt } from "../../protocol/index.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import type { StateHead } from "../types.ts";
import type { AccountRecord } from "./types.ts";

/**
 * Account values of the flat store: one flag byte, nonce (4 bytes, or 8 when large), balance (16 bytes, or 32 when
 * large), then the hashes, each only when it is not the empty one. A plain account takes 21 bytes.
 */
const HAS_STORAGE = 1;
const HAS_CODE = 2;
const WIDE_NONCE = 4;
const WIDE_BALANCE = 8;
const MAX_RECORD_BYTES = 1 + 8 + 32 + 32 + 32;

export interface AccountToEncode {
  nonce: bigint;
  balance: bigint;
  codeHash: Uint8Array;
  storageRoot: Uint8Array;
}

function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return false;
  return true;
}

const scratchRecord = new Uint8Array(MAX_RECORD_BYTES);
const scratchView = new DataView(scratchRecord.buffer);

/** The result is overwritten by the next call. */
export function encodeAccount(account: AccountToEncode): Uint8Array {
  const bytes = scratchRecord;
  const view = scratchView;
  const { nonce, balance, codeHash, storageRoot } = account;
  let flags = 0;
  let at = 1;
  if (nonce >> 32n === 0n) {
    view.setUint32(at, Number(nonce));
    at += 4;
  } else {
    flags |= WIDE_NONCE;
    view.setBigUint64(at, nonce);
    at += 8;
  }
  if (balance >> 128n !== 0n) {
    flags |= WIDE_BALANCE;
    view.setBigUint64(at, BigInt.asUintN(64, balance >> 192n));
    view.setBigUint64(at + 8, BigInt.asUintN(64, balance >> 128n));
    at += 16;
  }
  view.setBigUint64(at, BigInt.asUintN(64, balance >> 64n));
  view.setBigUint64(at + 8, BigInt.asUintN(64, balance));
  at += 16;
  if (!sameHash(storageRoot, EMPTY_TRIE_ROOT)) {
    flags |= HAS_STORAGE;
    bytes.set(storageRoot, at);
    at += 32;
  }
  if (!sameHash(codeHash, EMPTY_CODE_HASH)) {
    flags |= HAS_CODE;
    bytes.set(codeHash, at);
    at += 32;
  }
  bytes[0] = flags;
  return bytes.subarray(0, at);
}

/** Big-endian, four bytes. */
function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) * 0x1_00_00_00 +
    (((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0))
  );
}

/** Big-endian, eight bytes; numbers that a double holds exactly take the short way. */
function readUint64(bytes: Uint8Array, at: number): bigint {
  const high = readUint32(bytes, at);
  const low = readUint32(bytes, at + 4);
  return high < 0x20_0000 ? BigInt(high * 0x1_0000_0000 + low) : (BigInt(high) << 32n) | BigInt(low);
}

function readUint128(bytes: Uint8Array, at: number): bigint {
  const high = readUint64(bytes, at);
  const low = readUint64(bytes, at + 8);
  return high === 0n ? low : (high << 64n) | low;
}

/** A copy that outlives the buffer it is read from. */
export function copyBytes(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = new Uint8Array(to - from);
  for (let i = from; i < to; i++) copy[i - from] = bytes[i] ?? 0;
  return copy;
}

/** `bytes` may be overwritten afterwards. */
export function decodeAccount(bytes: Uint8Array): AccountRecord {
  const flags = bytes[0] ?? 0;
  let at = 1;
  let nonce: bigint;
  if ((flags & WIDE_NONCE) !== 0) {
    nonce = readUint64(bytes, at);
    at += 8;
  } else {
    nonce = BigInt(readUint32(bytes, at));
    at += 4;
  }
  let balance = 0n;
  if ((flags & WIDE_BALANCE) !== 0) {
    balance = readUint128(bytes, at) << 128n;
    at += 16;
  }
  balance |= readUint128(bytes, at);
  at += 16;
  let storageRoot = EMPTY_TRIE_ROOT;
  if ((flags & HAS_STORAGE) !== 0) {
    storageRoot = copyBytes(bytes, at, at + 32);
    at += 32;
  }
  const codeHash = (flags & HAS_CODE) !== 0 ? copyBytes(bytes, at, at + 32) : EMPTY_CODE_HASH;
  return { nonce, balance, codeHash, storageRoot };
}

export const HEAD_BYTES = 8 + 32 + 32;

export function encodeHead(head: StateHead): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.number));
  bytes.set(head.hash, 8);
  bytes.set(head.stateRoot, 40);
  return bytes;
}

export function decodeHead(bytes: Uint8Array): StateHead {
  return {
    number: Number(bytesToBigInt(copyBytes(bytes, 0, 8))),
    hash: copyBytes(bytes, 8, 40),
    stateRoot: copyBytes(bytes, 40, 72),
  };
}
