import type { AccessListEntry } from "../../protocol/index.ts";
import type { ContendedLocation, DeclaredList, Location, TransactionExecution } from "../types.ts";
import { BALANCE, CODE, EXISTENCE, NONCE, type ReadSet, type WriteSet } from "./access.ts";
import type { Accepted } from "./blockAssembly.ts";
import type { ExecutedTransactions } from "./executeTransactions.ts";
import { createdBy } from "./footprint.ts";
import { bytesOf, compareKeys, type Key, keyOf } from "./keys.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** What a block's execution shows about how parallel it was. Derived from what ran; nothing depends on it. */
export interface Parallelism {
  transactions: TransactionExecution[];
  /** Gas of the heaviest chain of transactions that each needed the one before. */
  criticalPathGas: bigint;
  contended: ContendedLocation[];
}

const MOST_CONTENDED = 10;

export function describeParallelism<T extends LaneTransaction>(
  ran: ExecutedTransactions<T>,
  feeRecipient: Key,
): Parallelism {
  const path = new CriticalPath();
  const contention = new Contention();
  const transactions = ran.assembly.accepted.map((accepted): TransactionExecution => {
    const { candidate, outcome, transaction } = accepted;
    const run = ran.runs[candidate] ?? { lane: 0, runs: 1, conflict: undefined };
    path.add(outcome.gasUsed, outcome.reads, outcome.writes);
    if (run.conflict !== undefined) contention.refused(run.conflict);
    const plain = isPlain(accepted);
    if (!plain) contention.add(outcome.reads, outcome.writes);
    const touched = plain ? [] : touchedBy(outcome.reads);
    return {
      ...run,
      footprint: ran.plan.sources[candidate] ?? "implied",
      declared: compareDeclared(transaction, outcome.reads, feeRecipient),
      touched,
    };
  });
  return { transactions, criticalPathGas: path.heaviest, contended: contention.most(MOST_CONTENDED) };
}

/** Only sender and recipient, and neither runs code: what it touches goes without saying. */
function isPlain<T extends LaneTransaction>({ transaction, outcome }: Accepted<T>): boolean {
  if (outcome.reads.slots.length > 0 || outcome.reads.accounts.length > 2) return false;
  const { to, sender } = transaction;
  return outcome.reads.accounts.every(
    ({ key }) => key === keyOf(sender) || (to !== undefined && key === keyOf(to)),
  );
}

function touchedBy({ accounts, slots }: ReadSet): AccessListEntry[] {
  const byAccount = new Map<Key, Key[]>(accounts.map(({ key }) => [key, []]));
  for (const { key, slot } of slots) {
    const known = byAccount.get(key);
    if (known === undefined) byAccount.set(key, [slot]);
    else known.push(slot);
  }
  return [...byAccount.keys()].sort(compareKeys).map((key) => ({
    address: bytesOf(key),
    storageKeys: (byAccount.get(key) ?? []).sort(compareKeys).map(bytesOf),
  }));
}

/** Sender, recipient, a created contract and the fee recipient need not be declared, nor precompiles. */
function compareDeclared(transaction: LaneTransaction, reads: ReadSet, feeRecipient: Key): DeclaredList {
  const { accessList, sender, to } = transaction;
  if (accessList.length === 0) return "absent";
  const declared = new Set<Key>();
  for (const { address, storageKeys } of accessList) {
    const account = keyOf(address);
    declared.add(account);
    for (const slot of storageKeys) declared.add(account + keyOf(slot));
  }
  const recipient = to === undefined ? createdBy(transaction) : keyOf(to);
  const implied = new Set<Key>([keyOf(sender), feeRecipient, recipient]);
  const touched = new Set<Key>(reads.slots.map(({ key, slot }) => key + slot));
  const accounts = reads.accounts.filter(({ key }) => !implied.has(key) && !isPrecompile(key));
  const narrow =
    [...touched].some((key) => !declared.has(key)) || accounts.some(({ key }) => !declared.has(key));
  for (const { key } of reads.accounts) touched.add(key);
  const wide = [...declared].some((key) => !touched.has(key) && !implied.has(key));
  if (wide) return narrow ? "wide and narrow" : "too wide";
  return narrow ? "too narrow" : "exact";
}

/** All of Ethereum's lie below 2^16, and nothing else does. */
function isPrecompile(key: Key): boolean {
  return key.startsWith("\0".repeat(18));
}

const LETTERS: readonly [bit: number, letter: string, field: Location["field"]][] = [
  [BALANCE, "b", "balance"],
  [NONCE, "n", "nonce"],
  [CODE, "c", "code"],
  [EXISTENCE, "e", "existence"],
];

/** Looked-at fields and slots, as keys: the account's, then a letter or the slot's. */
function* looked({ accounts, slots }: ReadSet): Generator<Key> {
  for (const { key, fields } of accounts) {
    for (const [bit, letter] of LETTERS) if ((fields & bit) !== 0) yield key + letter;
  }
  for (const { key, slot } of slots) yield key + slot;
}

/** Fields and slots that were set; balances, which are moved and not set, are left out. */
function* set({ accounts }: WriteSet): Generator<Key> {
  for (const { key, deleted, nonce, codeHash, slots } of accounts) {
    if (deleted || nonce !== undefined) yield `${key}n`;
    if (deleted || codeHash !== undefined) yield `${key}c`;
    if (deleted) yield `${key}e`;
    for (const { slot } of slots) yield key + slot;
  }
}

class CriticalPath {
  heaviest = 0n;
  private readonly upTo = new Map<Key, bigint>();

  add(gas: bigint, reads: ReadSet, writes: WriteSet): void {
    let before = 0n;
    for (const key of looked(reads)) {
      const path = this.upTo.get(key);
      if (path !== undefined && path > before) before = path;
    }
    const path = before + gas;
    if (path > this.heaviest) this.heaviest = path;
    for (const key of set(writes)) this.upTo.set(key, path);
    // Whoever looks at a balance needs everybody who moved it; they do not need each other.
    for (const { key, balanceDelta } of writes.accounts) {
      if (balanceDelta === 0n) continue;
      const moved = this.upTo.get(`${key}b`) ?? 0n;
      if (path > moved) this.upTo.set(`${key}b`, path);
    }
  }
}

class Contention {
  private readonly counts = new Map<Key, { transactions: number; writers: number; reExecuted: number }>();

  add(reads: ReadSet, writes: WriteSet): void {
    const written = new Set(set(writes));
    for (const { key, balanceDelta } of writes.accounts) if (balanceDelta !== 0n) written.add(`${key}b`);
    for (const key of looked(reads)) {
      // A sender looks at its own nonce, everybody at the code that runs: said of all, it says nothing.
      if (key.length === 21 && !key.endsWith("b") && !written.has(key)) continue;
      this.count(key).transactions++;
      if (written.has(key)) this.count(key).writers++;
    }
  }

  refused(location: Location): void {
    this.count(keyOfLocation(location)).reExecuted++;
  }

  most(limit: number): ContendedLocation[] {
    return [...this.counts]
      .filter(
        ([, { transactions, writers, reExecuted }]) => (transactions > 1 && writers > 0) || reExecuted > 0,
      )
      .sort(
        ([keyA, a], [keyB, b]) =>
          b.reExecuted - a.reExecuted || b.transactions - a.transactions || compareKeys(keyA, keyB),
      )
      .slice(0, limit)
      .map(([key, counts]) => ({ location: locationOfKey(key), ...counts }));
  }

  private count(key: Key): { transactions: number; writers: number; reExecuted: number } {
    let counts = this.counts.get(key);
    if (counts === undefined) {
      counts = { transactions: 0, writers: 0, reExecuted: 0 };
      this.counts.set(key, counts);
    }
    return counts;
  }
}

function keyOfLocation({ address, field, slot }: Location): Key {
  if (slot !== undefined) return keyOf(address) + keyOf(slot);
  return keyOf(address) + (LETTERS.find(([, , name]) => name === field)?.[1] ?? "s");
}

function locationOfKey(key: Key): Location {
  const address = bytesOf(key.slice(0, 20));
  if (key.length > 21) return { address, field: "storage", slot: bytesOf(key.slice(20)) };
  const field = LETTERS.find(([, letter]) => letter === key[20])?.[2] ?? "storageRoot";
  return { address, field, slot: undefined };
}
