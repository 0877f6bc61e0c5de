import type { AccessListEntry } from "../../protocol/index.ts";
import type { ContendedLocation, DeclaredList, Location, TransactionExecution } from "../types.ts";
import { BALANCE, CODE, EXISTENCE, NONCE, type ReadSet, STORAGE_ROOT, type WriteSet } from "./access.ts";
import type { Accepted } from "./blockAssembly.ts";
import type { ExecutedTransactions } from "./executeTransactions.ts";
import { createdBy } from "./footprint.ts";
import { bytesOf, compareKeys, type Key, keyOf } from "./keys.ts";
import type { DoneOutcome } from "./outcome.ts";
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
  const places = new Places(ran.assembly.accepted);
  let criticalPathGas = 0n;
  const transactions = ran.assembly.accepted.map((accepted): TransactionExecution => {
    const { candidate, outcome, transaction } = accepted;
    const run = ran.runs[candidate] ?? { lane: 0, runs: 1, conflict: undefined };
    const plain = isPlain(accepted);
    const path = follow(places, outcome, plain);
    if (path > criticalPathGas) criticalPathGas = path;
    if (run.conflict !== undefined) places.at(run.conflict).reExecuted++;
    return {
      ...run,
      footprint: ran.plan.sources[candidate] ?? "implied",
      declared: compareDeclared(transaction, outcome.reads, feeRecipient),
      touched: plain ? [] : touchedBy(outcome.reads),
    };
  });
  return { transactions, criticalPathGas, contended: mostContended(places) };
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

const FIELDS: readonly [bit: number, field: Location["field"]][] = [
  [BALANCE, "balance"],
  [NONCE, "nonce"],
  [CODE, "code"],
  [STORAGE_ROOT, "storageRoot"],
  [EXISTENCE, "existence"],
];

/** What happened at one location that some transaction of the block changes. */
interface Place {
  location: () => Location;
  /** Gas of the heaviest chain that ends with a change here. */
  path: bigint;
  transactions: number;
  writers: number;
  reExecuted: number;
}

/** The places of one account. */
interface AccountPlaces {
  fields: Map<number, Place>;
  slots: Map<Key, Place>;
}

/**
 * The places that the block changes, known before its transactions are gone through once more: a place that is only
 * read, as most are, costs a look-up and no more.
 */
class Places {
  private readonly accounts = new Map<Key, AccountPlaces>();

  constructor(accepted: readonly { outcome: { writes: WriteSet } }[]) {
    for (const { outcome } of accepted) {
      for (const { key, deleted, nonce, codeHash, balanceDelta, slots } of outcome.writes.accounts) {
        const account = this.account(key);
        if (deleted || nonce !== undefined) this.field(account, key, NONCE);
        if (deleted || codeHash !== undefined) this.field(account, key, CODE);
        if (deleted) this.field(account, key, EXISTENCE);
        if (balanceDelta !== 0n) this.field(account, key, BALANCE);
        for (const { slot } of slots) this.slot(account, key, slot);
      }
    }
  }

  /** Calls `visit` with each place that the transaction looked at. */
  eachLooked({ accounts, slots }: ReadSet, visit: (place: Place) => void): void {
    for (const { key, fields } of accounts) {
      const places = this.accounts.get(key)?.fields;
      if (places === undefined || fields === 0) continue;
      for (const [bit, place] of places) if ((fields & bit) !== 0) visit(place);
    }
    for (const { key, slot } of slots) {
      const place = this.accounts.get(key)?.slots.get(slot);
      if (place !== undefined) visit(place);
    }
  }

  /** Calls `visit` with each place that the transaction set, or moved: only balances are moved. */
  eachChanged({ accounts }: WriteSet, visit: (place: Place, moved: boolean) => void): void {
    for (const { key, deleted, nonce, codeHash, balanceDelta, slots } of accounts) {
      const account = this.account(key);
      if (deleted || nonce !== undefined) visit(this.field(account, key, NONCE), false);
      if (deleted || codeHash !== undefined) visit(this.field(account, key, CODE), false);
      if (deleted) visit(this.field(account, key, EXISTENCE), false);
      if (balanceDelta !== 0n) visit(this.field(account, key, BALANCE), true);
      for (const { slot } of slots) visit(this.slot(account, key, slot), false);
    }
  }

  at({ address, field, slot }: Location): Place {
    const key = keyOf(address);
    const account = this.account(key);
    if (slot !== undefined) return this.slot(account, key, keyOf(slot));
    return this.field(account, key, FIELDS.find(([, name]) => name === field)?.[0] ?? STORAGE_ROOT);
  }

  *all(): Generator<Place> {
    for (const { fields, slots } of this.accounts.values()) {
      yield* fields.values();
      yield* slots.values();
    }
  }

  private account(key: Key): AccountPlaces {
    let account = this.accounts.get(key);
    if (account === undefined) {
      account = { fields: new Map(), slots: new Map() };
      this.accounts.set(key, account);
    }
    return account;
  }

  private field(account: AccountPlaces, key: Key, bit: number): Place {
    let place = account.fields.get(bit);
    if (place === undefined) {
      const field = FIELDS.find(([one]) => one === bit)?.[1] ?? "storageRoot";
      place = emptyPlace(() => ({ address: bytesOf(key), field, slot: undefined }));
      account.fields.set(bit, place);
    }
    return place;
  }

  private slot(account: AccountPlaces, key: Key, slot: Key): Place {
    let place = account.slots.get(slot);
    if (place === undefined) {
      place = emptyPlace(() => ({ address: bytesOf(key), field: "storage", slot: bytesOf(slot) }));
      account.slots.set(slot, place);
    }
    return place;
  }
}

function emptyPlace(location: () => Location): Place {
  return { location, path: 0n, transactions: 0, writers: 0, reExecuted: 0 };
}

/** Takes a transaction into account, in block order; answers the gas of the heaviest chain that ends with it. */
function follow(places: Places, { gasUsed, reads, writes }: DoneOutcome, plain: boolean): bigint {
  let before = 0n;
  places.eachLooked(reads, (place) => {
    if (place.path > before) before = place.path;
    if (!plain) place.transactions++;
  });
  const path = before + gasUsed;
  places.eachChanged(writes, (place, moved) => {
    // Whoever looks at a balance needs everybody who moved it; they do not need each other.
    if (!moved || path > place.path) place.path = path;
    if (!plain) place.writers++;
  });
  return path;
}

function mostContended(places: Places): ContendedLocation[] {
  const contended: Place[] = [];
  for (const place of places.all()) {
    if ((place.transactions > 1 && place.writers > 0) || place.reExecuted > 0) contended.push(place);
  }
  contended.sort((a, b) => b.reExecuted - a.reExecuted || b.transactions - a.transactions);
  return contended.slice(0, MOST_CONTENDED).map(({ location, transactions, writers, reExecuted }) => ({
    location: location(),
    transactions,
    writers,
    reExecuted,
  }));
}
