import { bytesEqual, bytesToHex, contractAddress, EMPTY_BYTES, hexToBytes } from "../../../protocol/index.ts";
import { EMPTY_CODE_HASH } from "../../trie/accountRlp.ts";
import { create2Address } from "../create2Address.ts";
import { isCall, OP } from "../opcodes.ts";
import type { TraceBudget } from "../traceBudget.ts";
import type { LiveState, Step, Tracer, TransactionStart } from "../tracer.ts";

export interface PrestateOptions {
  diffMode: boolean;
  disableCode: boolean;
  disableStorage: boolean;
  includeEmpty: boolean;
}

interface Prestate {
  balance: bigint;
  nonce: bigint;
  codeHash: Uint8Array;
  code: Uint8Array;
  /** Slot → 32-byte value, both `0x…`. */
  storage: Map<string, string>;
  empty: boolean;
}

interface AccountJson {
  balance?: string;
  code?: string;
  codeHash?: string;
  nonce?: number;
  storage?: Record<string, string>;
}

const ZERO_WORD = `0x${"0".repeat(64)}`;

/**
 * go-ethereum's prestateTracer: the accounts and slots that a transaction meets, as it found them; in `diffMode` only
 * what it changed, before and after.
 */
export function createPrestateTracer(options: PrestateOptions, budget: TraceBudget): Tracer {
  const prestate = new PrestateTracer(options, budget);
  return {
    start: (transaction) => prestate.start(transaction),
    step: (step) => prestate.step(step),
    end: () => prestate.end(),
    result: () => prestate.result(),
  };
}

class PrestateTracer {
  private readonly options: PrestateOptions;
  private readonly budget: TraceBudget;
  private readonly pre = new Map<string, Prestate>();
  private readonly created = new Set<string>();
  private readonly deleted = new Set<string>();
  private transaction: TransactionStart | undefined;
  private json: unknown = {};

  constructor(options: PrestateOptions, budget: TraceBudget) {
    this.options = options;
    this.budget = budget;
  }

  start(transaction: TransactionStart): void {
    this.transaction = transaction;
    const { from, to, nonce, coinbase, state } = transaction;
    const target = to ?? contractAddress(from, nonce);
    if (to === undefined) this.created.add(bytesToHex(target));
    else this.meetDelegate(state, target);
    for (const address of [from, target, coinbase, ...transaction.authorities]) this.meet(state, address);
  }

  step(step: Step): void {
    const { transaction } = this;
    if (step.error !== undefined || transaction === undefined) return;
    const { op, stack, stackLength } = step;
    const { state } = transaction;
    const word = (fromTop: number) => stack[stackLength - 1 - fromTop] ?? 0n;
    if (op === OP.SLOAD || op === OP.SSTORE) this.meetSlot(state, step.address, wordHex(word(0)));
    else if (op === OP.SELFDESTRUCT) {
      this.meet(state, addressOf(word(0)));
      const contract = bytesToHex(step.address);
      if (!transaction.onlyNewAreDestroyed || this.created.has(contract)) this.deleted.add(contract);
    } else if (looksAtAccount(op)) this.meet(state, addressOf(word(0)));
    else if (isCall(op)) {
      const target = addressOf(word(1));
      this.meet(state, target);
      this.meetDelegate(state, target);
    } else if (op === OP.CREATE) {
      const nonce = state.account(step.address)?.nonce ?? 0n;
      this.meetCreated(state, contractAddress(step.address, nonce));
    } else if (op === OP.CREATE2) {
      const code = memoryRange(step, Number(word(1)), Number(word(2)));
      this.meetCreated(state, create2Address(step.address, word(3), code));
    }
  }

  end(): void {
    const { transaction, options, pre } = this;
    if (transaction === undefined) return;
    const post = options.diffMode ? this.diff(transaction.state) : undefined;
    if (!options.includeEmpty) {
      for (const [address, account] of pre) if (account.empty) pre.delete(address);
    }
    const before = sorted([...pre].map(([address, account]) => [address, this.preJson(account)]));
    this.json = post === undefined ? before : { post: sorted(post), pre: before };
  }

  result(): unknown {
    return this.json;
  }

  private meetCreated(state: LiveState, address: Uint8Array): void {
    this.meet(state, address);
    this.created.add(bytesToHex(address));
  }

  private meetDelegate(state: LiveState, address: Uint8Array): void {
    if (this.transaction?.hasDelegations !== true) return;
    const code = state.codeAt(address);
    const delegates = code.length === 23 && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00;
    if (delegates) this.meet(state, code.slice(3));
  }

  private meet(state: LiveState, address: Uint8Array): Prestate {
    const hex = bytesToHex(address);
    const known = this.pre.get(hex);
    if (known !== undefined) return known;
    const account = state.account(address);
    const code = state.codeAt(address).slice();
    const { nonce, balance } = account ?? { nonce: 0n, balance: 0n };
    const met: Prestate = {
      balance,
      nonce,
      codeHash: account?.codeHash ?? EMPTY_CODE_HASH,
      code,
      storage: new Map(),
      empty: nonce === 0n && balance === 0n && code.length === 0,
    };
    this.budget.spend(200 + (this.options.disableCode ? 0 : 2 * code.length));
    this.pre.set(hex, met);
    return met;
  }

  private meetSlot(state: LiveState, address: Uint8Array, slot: string): void {
    if (this.options.disableStorage) return;
    const { storage } = this.meet(state, address);
    if (storage.has(slot)) return;
    this.budget.spend(138);
    storage.set(slot, valueHex(state.storage(address, hexToBytes(slot))));
  }

  /** Takes out of `pre` what did not change and answers what the rest became. */
  private diff(state: LiveState): [string, AccountJson][] {
    const post: [string, AccountJson][] = [];
    for (const [hex, before] of this.pre) {
      if (this.deleted.has(hex)) continue;
      const after = this.changesOf(state, hexToBytes(hex), before);
      if (after === undefined) this.pre.delete(hex);
      else post.push([hex, after]);
    }
    return post;
  }

  private changesOf(state: LiveState, address: Uint8Array, before: Prestate): AccountJson | undefined {
    const { disableCode, disableStorage } = this.options;
    const account = state.account(address);
    const after: AccountJson = {};
    const balance = account?.balance ?? 0n;
    const nonce = account?.nonce ?? 0n;
    const codeHash = account?.codeHash ?? EMPTY_CODE_HASH;
    if (balance !== before.balance) after.balance = `0x${balance.toString(16)}`;
    let modified = after.balance !== undefined || nonce !== before.nonce;
    if (nonce !== before.nonce && nonce !== 0n) after.nonce = Number(nonce);
    if (!bytesEqual(codeHash, before.codeHash)) {
      modified = true;
      after.codeHash = bytesToHex(codeHash);
      if (!disableCode) after.code = bytesToHex(state.codeAt(address));
    }
    if (!disableStorage && this.slotChanges(state, address, before, after)) modified = true;
    return modified ? after : undefined;
  }

  private slotChanges(state: LiveState, address: Uint8Array, before: Prestate, after: AccountJson): boolean {
    const changed: [string, string][] = [];
    let modified = false;
    for (const [slot, value] of before.storage) {
      const now = valueHex(state.storage(address, hexToBytes(slot)));
      if (value === ZERO_WORD || now === value) before.storage.delete(slot);
      if (now === value) continue;
      modified = true;
      if (now !== ZERO_WORD) changed.push([slot, now]);
    }
    if (changed.length > 0) after.storage = sorted(changed);
    return modified;
  }

  private preJson(account: Prestate): AccountJson {
    const json: AccountJson = { balance: `0x${account.balance.toString(16)}` };
    if (!this.options.disableCode && account.code.length > 0) json.code = bytesToHex(account.code);
    if (!bytesEqual(account.codeHash, EMPTY_CODE_HASH)) json.codeHash = bytesToHex(account.codeHash);
    if (account.nonce > 0n) json.nonce = Number(account.nonce);
    if (account.storage.size > 0) json.storage = sorted([...account.storage]);
    return json;
  }
}

function looksAtAccount(op: number): boolean {
  return op === OP.BALANCE || op === OP.EXTCODESIZE || op === OP.EXTCODECOPY || op === OP.EXTCODEHASH;
}

function sorted<T>(entries: [string, T][]): Record<string, T> {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function wordHex(value: bigint): string {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

function valueHex(value: Uint8Array): string {
  return `0x${bytesToHex(value).slice(2).padStart(64, "0")}`;
}

function addressOf(word: bigint): Uint8Array {
  return hexToBytes(`0x${BigInt.asUintN(160, word).toString(16).padStart(40, "0")}`);
}

function memoryRange({ memory }: Step, offset: number, length: number): Uint8Array {
  if (length === 0) return EMPTY_BYTES;
  const range = new Uint8Array(length);
  range.set(memory.subarray(offset, offset + length));
  return range;
}
