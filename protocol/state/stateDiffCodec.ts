import { bytesEqual, EMPTY_BYTES } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";
import { DecodeError } from "../errors.ts";
import { RlpReader } from "../transaction/rlpReader.ts";
import { RlpWriter } from "./rlpWriter.ts";
import type { AccountChange, AccountFields, StateDiff, StorageChange } from "./stateDiff.ts";

/** Larger diffs do not decode: several times what a block's gas can write. */
export const MAX_STATE_DIFF_BYTES = 256 * 1024 * 1024;

const EMPTY_CODE_HASH = keccak256(EMPTY_BYTES);

/**
 * A state diff as RLP:
 *
 *     [[account…], [code…]]
 *     account = [address, fields, storageCleared (0|1), [slot, value, slot, value…]]
 *     fields  = [] when deleted, else [nonce, balance, codeHash], codeHash empty for an account without code
 *
 * Code hashes are not written: they follow from the code. One diff has one encoding, and only that decodes: accounts
 * and slots ascend, each once; numbers and slots carry no leading zeros.
 */
export function encodeStateDiff(diff: StateDiff): Uint8Array {
  const writer = new RlpWriter();
  const end = writer.mark();
  const accountsStart = writeCodes(writer, diff.codes);
  for (let i = diff.accounts.length - 1; i >= 0; i--) {
    const change = diff.accounts[i];
    if (change !== undefined) writeAccount(writer, change);
  }
  writer.list(accountsStart);
  writer.list(end);
  return writer.finish();
}

function writeCodes(writer: RlpWriter, codes: StateDiff["codes"]): number {
  const end = writer.mark();
  for (let i = codes.length - 1; i >= 0; i--) writer.bytes(codes[i]?.code ?? EMPTY_BYTES);
  writer.list(end);
  return writer.mark();
}

function writeAccount(writer: RlpWriter, { address, account, storageCleared, storage }: AccountChange): void {
  const end = writer.mark();
  for (let i = storage.length - 1; i >= 0; i--) {
    const change = storage[i];
    if (change === undefined) continue;
    writer.bytes(change.value);
    writer.number(change.slot);
  }
  writer.list(end);
  writer.uint(storageCleared ? 1n : 0n);
  const fieldsEnd = writer.mark();
  if (account !== undefined) {
    writer.bytes(bytesEqual(account.codeHash, EMPTY_CODE_HASH) ? EMPTY_BYTES : account.codeHash);
    writer.uint(account.balance);
    writer.uint(account.nonce);
  }
  writer.list(fieldsEnd);
  writer.bytes(address);
  writer.list(end);
}

/** Inverse of {@link encodeStateDiff}. Work and memory are bounded by the input's length. Throws DecodeError. */
export function decodeStateDiff(bytes: Uint8Array): StateDiff {
  if (bytes.length > MAX_STATE_DIFF_BYTES) throw new DecodeError("state diff: too long");
  // A plain view: `slice` of a Buffer would not copy.
  const outer = new RlpReader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const parts = outer.list("state diff");
  outer.finish("state diff");
  const accountList = parts.list("accounts");
  const codeList = parts.list("codes");
  parts.finish("state diff");
  const accounts: AccountChange[] = [];
  while (!accountList.done) {
    const change = readAccount(accountList.list("account"));
    checkAscending(accounts.at(-1)?.address, change.address, "addresses");
    accounts.push(change);
  }
  const codes: StateDiff["codes"] = [];
  while (!codeList.done) {
    const code = codeList.string("code").slice();
    codes.push({ hash: keccak256(code), code });
  }
  return { accounts, codes };
}

function readAccount(reader: RlpReader): AccountChange {
  const address = reader.fixed("address", 20).slice();
  const account = readFields(reader.list("account fields"));
  const storageCleared = reader.uint("storageCleared", 1);
  if (storageCleared > 1n) throw new DecodeError("state diff: storageCleared is neither 0 nor 1");
  const storage = readStorage(reader.list("storage"));
  reader.finish("account");
  return { address, account, storageCleared: storageCleared === 1n, storage };
}

function readFields(reader: RlpReader): AccountFields | undefined {
  if (reader.done) return undefined;
  const nonce = reader.uint("nonce", 8);
  const balance = reader.uint("balance", 32);
  const codeHash = reader.string("codeHash");
  reader.finish("account fields");
  if (codeHash.length === 0) return { nonce, balance, codeHash: EMPTY_CODE_HASH.slice() };
  if (codeHash.length !== 32 || bytesEqual(codeHash, EMPTY_CODE_HASH)) {
    throw new DecodeError("state diff: codeHash is not a 32-byte hash of code");
  }
  return { nonce, balance, codeHash: codeHash.slice() };
}

function readStorage(reader: RlpReader): StorageChange[] {
  const storage: StorageChange[] = [];
  while (!reader.done) {
    const shortSlot = readWord(reader, "slot");
    const slot = new Uint8Array(32);
    slot.set(shortSlot, 32 - shortSlot.length);
    const value = readWord(reader, "value").slice();
    checkAscending(storage.at(-1)?.slot, slot, "slots");
    storage.push({ slot, value });
  }
  return storage;
}

/** At most 32 bytes without leading zeros. */
function readWord(reader: RlpReader, what: string): Uint8Array {
  const bytes = reader.string(what);
  if (bytes.length > 32 || bytes[0] === 0) {
    throw new DecodeError(`state diff: ${what} has leading zeros or more than 32 bytes`);
  }
  return bytes;
}

function checkAscending(previous: Uint8Array | undefined, next: Uint8Array, what: string): void {
  if (previous !== undefined && Buffer.compare(previous, next) >= 0) {
    throw new DecodeError(`state diff: ${what} do not ascend`);
  }
}
