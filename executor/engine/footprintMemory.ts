import { LRUCache } from "lru-cache";
import { keccak256 } from "../../protocol/index.ts";
import { hasCode, type ReadSet, type WriteSet } from "./access.ts";
import { bytesOf, type Key, keyOf } from "./keys.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import { transactionKeys } from "./transactionKeys.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

export interface PredictedFootprint {
  /** Slots, as the account's key and their own; here and there one twice. */
  reads: readonly Key[];
  writes: readonly Key[];
}

/** Something of a transaction that a slot can be derived from: its sender, or a word of its calldata. */
type Source = number;
const SENDER: Source = -1;

/** How a slot follows from a transaction: fixed, or an entry of a mapping at `base`, or of a mapping of mappings. */
interface SlotRule {
  account: Key;
  /** Fixed slot, or the slot that the mapping has. */
  base: Key;
  /** Keys of the mapping, outermost first; none for a fixed slot. */
  path: Source[];
  /** Added to the derived slot: a member of a struct. */
  offset: number;
  written: boolean;
}

interface Lesson {
  rules: SlotRule[];
  /** How often it foretold what was touched, less how often it did not. */
  trust: number;
  /** Transactions since then that were not looked at. */
  unchecked: number;
}

/** What is known of all calls of one function. */
interface KnownFunction {
  /** The words of calldata in which contracts were named, a bit each: they decide which contracts are called. */
  contractWords: number;
  /** By the contracts named there. */
  lessons: Map<string, Lesson>;
}

const FUNCTIONS_REMEMBERED = 4_096;
/** Of one function; one that is called with ever new contracts is forgotten as a whole. */
const MOST_LESSONS = 1_024;
const SLOTS_REMEMBERED = 65_536;
/** Words of calldata that are looked at. */
const WORDS = 8;
/** Slots that Solidity and Vyper give to mappings first. */
const BASES = 24;
const STRUCT_MEMBERS = 3;
/** Deriving rules costs some hundred hashes, mappings of mappings some thousand: only so many of a block are studied. */
const LESSONS_PER_BLOCK = 24;
const DEEP_LESSONS_PER_BLOCK = 3;
const TRUST_LIMIT = 4;
/** Of calls that are foretold rightly all the time only one in so many is checked. */
const CHECK_EVERY = 8;
/** A lesson that has grown so long is begun anew. */
const MOST_RULES = 96;
const ALLOWED_EXTRA = 8;
const WORD_LENGTH = 32;

/**
 * What calls of a contract's function touched, kept as rules that give the slots of the next call: `balances[sender]`
 * rather than the slot it had. Calls are told apart by recipient, selector and the contracts that their calldata names,
 * so that one router's pools are learned each for itself.
 *
 * Everything here is a guess for the planner. It is fed with accepted outcomes only, and bounded.
 */
export class FootprintMemory {
  private readonly functions = new LRUCache<string, KnownFunction>({ max: FUNCTIONS_REMEMBERED });
  /** True: was written by a transaction that is remembered. */
  private readonly slots = new LRUCache<Key, boolean>({ max: SLOTS_REMEMBERED });
  private lessonsLeft = LESSONS_PER_BLOCK;
  private deepLessonsLeft = DEEP_LESSONS_PER_BLOCK;

  beginBlock(): void {
    this.lessonsLeft = LESSONS_PER_BLOCK;
    this.deepLessonsLeft = DEEP_LESSONS_PER_BLOCK;
  }

  /** Read by somebody and written by nobody, as far as is remembered. */
  isOnlyRead(slot: Key): boolean {
    return this.slots.get(slot) === false;
  }

  predict(transaction: LaneTransaction): PredictedFootprint | undefined {
    const known = this.functions.get(transactionKeys(transaction).call);
    const lesson = known?.lessons.get(contractsOf(transaction, known.contractWords));
    if (lesson === undefined || lesson.trust <= 0) return undefined;
    return apply(lesson.rules, transaction);
  }

  /** Compares what a transaction touched with what would have been foretold, and learns from the difference. */
  learn(transaction: LaneTransaction, overlay: StateOverlay, reads: ReadSet, writes: WriteSet): void {
    const called = transactionKeys(transaction).call;
    const known = this.functions.get(called);
    const lesson = known?.lessons.get(contractsOf(transaction, known.contractWords));
    if (lesson?.trust === TRUST_LIMIT && ++lesson.unchecked < CHECK_EVERY) return;
    const written = new Set<Key>();
    for (const { key, slots } of writes.accounts) for (const { slot } of slots) written.add(key + slot);
    for (const { key, slot } of reads.slots) {
      const location = key + slot;
      const isWritten = written.has(location);
      if (isWritten || this.slots.get(location) === undefined) this.slots.set(location, isWritten);
    }
    if (lesson !== undefined && foretells(apply(lesson.rules, transaction), reads, written)) {
      lesson.unchecked = 0;
      lesson.trust = Math.min(TRUST_LIMIT, lesson.trust + 1);
      return;
    }
    if (lesson !== undefined) lesson.trust--;
    if (this.lessonsLeft === 0) return;
    this.lessonsLeft--;
    const deep = this.deepLessonsLeft > 0;
    if (deep) this.deepLessonsLeft--;
    const rules = study(transaction, reads, written, deep);
    if (lesson !== undefined && lesson.trust > 0 && lesson.rules.length < MOST_RULES)
      addRules(lesson.rules, rules);
    else {
      const words = contractWords(transaction, overlay);
      this.remember(called, transaction, words, { rules, trust: 1, unchecked: 0 });
    }
  }

  private remember(called: string, transaction: LaneTransaction, words: number, lesson: Lesson): void {
    let known = this.functions.get(called);
    if (known === undefined || known.lessons.size >= MOST_LESSONS || (words & ~known.contractWords) !== 0) {
      known = { contractWords: words | (known?.contractWords ?? 0), lessons: new Map() };
      this.functions.set(called, known);
    }
    known.lessons.set(contractsOf(transaction, known.contractWords), lesson);
  }
}

/** Whether all that was touched was foretold, and not very much more. */
function foretells(predicted: PredictedFootprint, reads: ReadSet, written: ReadonlySet<Key>): boolean {
  const foretoldWrites = new Set(predicted.writes);
  const foretold = new Set([...predicted.reads, ...predicted.writes]);
  if (foretold.size > 2 * reads.slots.length + ALLOWED_EXTRA) return false;
  return reads.slots.every(({ key, slot }) => {
    const location = key + slot;
    return written.has(location) ? foretoldWrites.has(location) : foretold.has(location);
  });
}

/** The same function does not touch the same slots each time: what is new is added. */
function addRules(rules: SlotRule[], more: readonly SlotRule[]): void {
  for (const rule of more) {
    const known = rules.find(
      ({ account, base, path, offset }) =>
        account === rule.account && base === rule.base && offset === rule.offset && samePath(path, rule.path),
    );
    if (known === undefined) rules.push(rule);
    else known.written ||= rule.written;
  }
}

function samePath(a: readonly Source[], b: readonly Source[]): boolean {
  return a.length === b.length && a.every((source, i) => source === b[i]);
}

function apply(rules: readonly SlotRule[], transaction: LaneTransaction): PredictedFootprint {
  const reads: Key[] = [];
  const writes: Key[] = [];
  for (const rule of rules) {
    let slot = rule.base;
    for (const source of rule.path) slot = entryOf(sourceValue(source, transaction), slot);
    const location = rule.account + addOffset(slot, rule.offset);
    (rule.written ? writes : reads).push(location);
  }
  return { reads, writes };
}

function study(
  transaction: LaneTransaction,
  reads: ReadSet,
  written: ReadonlySet<Key>,
  deep: boolean,
): SlotRule[] {
  const derived = derivations(transaction, deep);
  return reads.slots.map(({ key, slot }): SlotRule => {
    const isWritten = written.has(key + slot);
    for (let offset = 0; offset < STRUCT_MEMBERS; offset++) {
      const rule = derived.get(addOffset(slot, -offset));
      if (rule !== undefined) return { account: key, ...rule, offset, written: isWritten };
    }
    return { account: key, base: slot, path: [], offset: 0, written: isWritten };
  });
}

/** Every slot that follows from the transaction by a mapping, or by two when `deep`. */
function derivations(transaction: LaneTransaction, deep: boolean): Map<Key, { base: Key; path: Source[] }> {
  const found = new Map<Key, { base: Key; path: Source[] }>();
  const sources = sourcesOf(transaction);
  for (let number = 0; number < BASES; number++) {
    const base = keyOfNumber(number);
    for (const outer of sources) {
      const entry = entryOf(sourceValue(outer, transaction), base);
      for (const inner of deep ? sources : []) {
        if (inner !== outer) {
          found.set(entryOf(sourceValue(inner, transaction), entry), { base, path: [outer, inner] });
        }
      }
      found.set(entry, { base, path: [outer] });
    }
  }
  return found;
}

/** The sender and each word of calldata, each value once. */
function sourcesOf(transaction: LaneTransaction): Source[] {
  const seen = new Set<Key>();
  const sources: Source[] = [];
  const words = Math.min(WORDS, Math.floor((transaction.data.length - 4) / WORD_LENGTH));
  for (let source = SENDER; source < words; source++) {
    const value = sourceValue(source, transaction);
    if (seen.has(value)) continue;
    seen.add(value);
    sources.push(source);
  }
  return sources;
}

const ZERO_PREFIX = "\0".repeat(12);

function sourceValue(source: Source, transaction: LaneTransaction): Key {
  if (source === SENDER) return ZERO_PREFIX + transactionKeys(transaction).sender;
  const { data } = transaction;
  const start = 4 + source * WORD_LENGTH;
  return keyOf(data.subarray(start, start + WORD_LENGTH)).padEnd(WORD_LENGTH, "\0");
}

const pair = new Uint8Array(2 * WORD_LENGTH);
const pairText = Buffer.from(pair.buffer);

/** Solidity's place of `mapping[value]` for a mapping at `base`: keccak256(value ‖ base). */
function entryOf(value: Key, base: Key): Key {
  pairText.write(value, 0, "latin1");
  pairText.write(base, WORD_LENGTH, "latin1");
  return keyOf(keccak256(pair));
}

function keyOfNumber(number: number): Key {
  return "\0".repeat(WORD_LENGTH - 1) + String.fromCharCode(number);
}

function addOffset(slot: Key, offset: number): Key {
  if (offset === 0) return slot;
  const bytes = bytesOf(slot);
  let carry = offset;
  for (let i = WORD_LENGTH - 1; i >= 0 && carry !== 0; i--) {
    const sum = (bytes[i] ?? 0) + carry;
    bytes[i] = sum & 0xff;
    carry = sum >> 8;
  }
  return keyOf(bytes);
}

function contractsOf({ data }: LaneTransaction, words: number): string {
  let contracts = "";
  for (let word = 0, rest = words; rest !== 0; word++, rest >>= 1) {
    if ((rest & 1) === 0) continue;
    const start = 4 + word * WORD_LENGTH;
    contracts += keyOf(data.subarray(start + 12, start + WORD_LENGTH));
  }
  return contracts;
}

/** The words that hold the address of an account with code. */
function contractWords({ data }: LaneTransaction, overlay: StateOverlay): number {
  const words = Math.min(WORDS, Math.floor((data.length - 4) / WORD_LENGTH));
  let found = 0;
  for (let word = 0; word < words; word++) {
    const start = 4 + word * WORD_LENGTH;
    if (!looksLikeAddress(data, start)) continue;
    const record = overlay.account(keyOf(data.subarray(start + 12, start + WORD_LENGTH)));
    if (record !== undefined && hasCode(record)) found |= 1 << word;
  }
  return found;
}

/** Twelve zero bytes, then at least one that is not zero among the next four: amounts seldom look so. */
function looksLikeAddress(data: Uint8Array, start: number): boolean {
  for (let i = 0; i < 12; i++) if (data[start + i] !== 0) return false;
  for (let i = 12; i < 16; i++) if (data[start + i] !== 0) return true;
  return false;
}
