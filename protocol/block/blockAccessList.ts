import { keccak256 } from "../crypto/keccak256.ts";
import { DecodeError } from "../errors.ts";
import { RlpWriter } from "../state/rlpWriter.ts";
import { RlpReader } from "../transaction/rlpReader.ts";

/**
 * EIP-7928's block access list: every account and slot that a block's execution accessed, and what they held after
 * each of the block's steps that changed them.
 *
 * Canonical form: accounts, slots and indexes ascend strictly, a slot is either changed or read, a changed slot has a
 * change. The decoder accepts no other, so a list and its bytes stand for each other.
 *
 * Indexes are block access indexes: 0 for the system calls before the transactions, 1 … n for the transactions.
 */
export type BlockAccessList = AccountAccess[];

export interface AccountAccess {
  /** 20 bytes. */
  address: Uint8Array;
  storageChanges: SlotChanges[];
  /** Slots that were read and never changed, 32 bytes each. */
  storageReads: Uint8Array[];
  balanceChanges: BalanceAfter[];
  nonceChanges: NonceAfter[];
  codeChanges: CodeAfter[];
}

export interface SlotChanges {
  /** 32 bytes. */
  slot: Uint8Array;
  changes: SlotAfter[];
}

export interface SlotAfter {
  index: number;
  /** Without leading zeros; empty when the slot was cleared. */
  value: Uint8Array;
}

export interface BalanceAfter {
  index: number;
  balance: bigint;
}

export interface NonceAfter {
  index: number;
  nonce: bigint;
}

export interface CodeAfter {
  index: number;
  code: Uint8Array;
}

/** EIP-7928: `rlp(block_access_list)`; numbers, storage keys and values among them, without leading zeros. */
export function encodeBlockAccessList(list: BlockAccessList): Uint8Array {
  const writer = new RlpWriter();
  backwards(list, (account) => writeAccount(writer, account));
  writer.list(0);
  return writer.finish();
}

/** What the header of an Amsterdam block commits to, 32 bytes. */
export function blockAccessListHash(list: BlockAccessList): Uint8Array {
  return keccak256(encodeBlockAccessList(list));
}

/** Addresses and storage keys: what EIP-7928 limits to a two-thousandth of the block's gas limit. */
export function blockAccessListItems(list: BlockAccessList): number {
  let items = list.length;
  for (const { storageChanges, storageReads } of list) items += storageChanges.length + storageReads.length;
  return items;
}

/**
 * The list of these bytes, if they are its canonical encoding; the work is linear in their number. `maxItems` bounds
 * {@link blockAccessListItems}.
 */
export function decodeBlockAccessList(
  bytes: Uint8Array,
  maxItems: number = Number.MAX_SAFE_INTEGER,
): BlockAccessList {
  const outer = new RlpReader(bytes);
  const reader = outer.list("block access list");
  outer.finish("block access list");
  const list: BlockAccessList = [];
  let items = 0;
  let previous: Uint8Array | undefined;
  while (!reader.done) {
    const account = readAccount(reader.list("account changes"));
    if (previous !== undefined && Buffer.compare(previous, account.address) >= 0) {
      throw new DecodeError("block access list: accounts do not ascend");
    }
    previous = account.address;
    items += 1 + account.storageChanges.length + account.storageReads.length;
    if (items > maxItems) throw new DecodeError(`block access list: more than ${maxItems} items`);
    list.push(account);
  }
  return list;
}

/** The writer goes from back to front. */
function writeAccount(writer: RlpWriter, account: AccountAccess): void {
  const { address, storageChanges, storageReads, balanceChanges, nonceChanges, codeChanges } = account;
  const start = writer.mark();
  backwards(codeChanges, ({ index, code }) => {
    const mark = writer.mark();
    writer.bytes(code);
    endPair(writer, index, mark);
  });
  writer.list(start);
  let mark = writer.mark();
  backwards(nonceChanges, (change) => writePair(writer, change.index, change.nonce));
  writer.list(mark);
  mark = writer.mark();
  backwards(balanceChanges, (change) => writePair(writer, change.index, change.balance));
  writer.list(mark);
  mark = writer.mark();
  backwards(storageReads, (slot) => writer.number(slot));
  writer.list(mark);
  mark = writer.mark();
  backwards(storageChanges, (changes) => writeSlot(writer, changes));
  writer.list(mark);
  writer.bytes(address);
  writer.list(start);
}

function writeSlot(writer: RlpWriter, { slot, changes }: SlotChanges): void {
  const start = writer.mark();
  backwards(changes, ({ index, value }) => {
    const mark = writer.mark();
    writer.number(value);
    endPair(writer, index, mark);
  });
  writer.list(start);
  writer.number(slot);
  writer.list(start);
}

const word = new Uint8Array(32);
const words = new DataView(word.buffer);

/** A balance as four machine words costs a fraction of what its hexadecimal form does. */
function writePair(writer: RlpWriter, index: number, value: bigint): void {
  const mark = writer.mark();
  let rest = value;
  for (let at = 24; at >= 0; at -= 8) {
    words.setBigUint64(at, rest);
    rest = rest === 0n ? rest : rest >> 64n;
  }
  writer.number(word);
  endPair(writer, index, mark);
}

function endPair(writer: RlpWriter, index: number, mark: number): void {
  writer.uint(BigInt(index));
  writer.list(mark);
}

function backwards<T>(items: T[], write: (item: T) => void): void {
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i];
    if (item !== undefined) write(item);
  }
}

function readAccount(reader: RlpReader): AccountAccess {
  const account: AccountAccess = {
    address: reader.fixed("address", 20).slice(),
    storageChanges: readStorageChanges(reader.list("storage changes")),
    storageReads: readStorageReads(reader.list("storage reads")),
    balanceChanges: readChanges(reader.list("balance changes"), (pair, index) => ({
      index,
      balance: pair.uint("balance", 32),
    })),
    nonceChanges: readChanges(reader.list("nonce changes"), (pair, index) => ({
      index,
      nonce: pair.uint("nonce", 8),
    })),
    codeChanges: readChanges(reader.list("code changes"), (pair, index) => ({
      index,
      code: pair.string("code").slice(),
    })),
  };
  reader.finish("account changes");
  requireDisjoint(account);
  return account;
}

function readStorageChanges(reader: RlpReader): SlotChanges[] {
  const storageChanges: SlotChanges[] = [];
  let previous: Uint8Array | undefined;
  while (!reader.done) {
    const entry = reader.list("slot changes");
    const slot = readSlot(entry, previous);
    previous = slot;
    const changes = readChanges(entry.list("changes of a slot"), (pair, index) => ({
      index,
      value: readNumber(pair, "storage value").slice(),
    }));
    entry.finish("slot changes");
    if (changes.length === 0) throw new DecodeError("block access list: a changed slot has no change");
    storageChanges.push({ slot, changes });
  }
  return storageChanges;
}

function readStorageReads(reader: RlpReader): Uint8Array[] {
  const slots: Uint8Array[] = [];
  while (!reader.done) slots.push(readSlot(reader, slots.at(-1)));
  return slots;
}

function readSlot(reader: RlpReader, previous: Uint8Array | undefined): Uint8Array {
  const number = readNumber(reader, "storage key");
  const slot = new Uint8Array(32);
  slot.set(number, 32 - number.length);
  if (previous !== undefined && Buffer.compare(previous, slot) >= 0) {
    throw new DecodeError("block access list: storage keys do not ascend");
  }
  return slot;
}

function readNumber(reader: RlpReader, what: string): Uint8Array {
  const bytes = reader.string(what);
  if (bytes.length > 32) throw new DecodeError(`rlp: ${what} exceeds 256 bits`);
  if (bytes[0] === 0) throw new DecodeError(`rlp: non-canonical integer (leading zero bytes) for ${what}`);
  return bytes;
}

function readChanges<T extends { index: number }>(
  reader: RlpReader,
  read: (pair: RlpReader, index: number) => T,
): T[] {
  const changes: T[] = [];
  let previous = -1;
  while (!reader.done) {
    const pair = reader.list("change");
    const index = Number(pair.uint("block access index", 4));
    if (index <= previous) throw new DecodeError("block access list: block access indexes do not ascend");
    previous = index;
    changes.push(read(pair, index));
    pair.finish("change");
  }
  return changes;
}

/** Both lists ascend, so one pass over them finds a slot that is in both. */
function requireDisjoint({ storageChanges, storageReads }: AccountAccess): void {
  let at = 0;
  for (const { slot } of storageChanges) {
    for (; at < storageReads.length; at++) {
      const read = storageReads[at];
      const order = read === undefined ? 1 : Buffer.compare(read, slot);
      if (order === 0) throw new DecodeError("block access list: a storage key is both changed and read");
      if (order > 0) break;
    }
  }
}
