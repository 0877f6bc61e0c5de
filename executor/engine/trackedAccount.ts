import { Account } from "@ethereumjs/util";
import type { AccountRecord } from "../state/types.ts";
import { type AccountRead, BALANCE, CODE, COMMUTING_LIMIT, isDead, NONCE, STORAGE_ROOT } from "./access.ts";

/** What the balance of an account that is handed out is used for at the moment. */
export interface BalanceUse {
  /**
   * "look": the value counts. "pay": only whether it covers `amount`. "receive": `amount` is added, whatever it is.
   * "none": it decides nothing.
   */
  kind: "look" | "pay" | "receive" | "none";
  amount: bigint;
}

/**
 * An account as the EVM handles it, which writes down what is looked at.
 *
 * `read` holds the account as the transaction found it; `own` is what the transaction itself has added to its balance
 * since. What the account's fields were set to in between comes from the transaction, yet looking at them counts:
 * that is one comparison too many at worst.
 */
export class TrackedAccount extends Account {
  private readonly read: AccountRead;
  private readonly use: BalanceUse;

  constructor(record: AccountRecord, read: AccountRead, use: BalanceUse) {
    super(record.nonce, record.balance, record.storageRoot, record.codeHash);
    this.read = read;
    this.use = use;
  }

  override get nonce(): bigint {
    this.read.fields |= NONCE;
    return this._nonce ?? 0n;
  }

  override set nonce(value: bigint) {
    this._nonce = value;
  }

  override get balance(): bigint {
    const balance = this._balance ?? 0n;
    const { kind, amount } = this.use;
    if (kind === "look" || balance > COMMUTING_LIMIT || amount > COMMUTING_LIMIT) this.read.fields |= BALANCE;
    else if (kind === "pay") notePayment(this.read, balance, amount);
    return balance;
  }

  override set balance(value: bigint) {
    this._balance = value;
  }

  override get codeHash(): Uint8Array {
    this.read.fields |= CODE;
    return super.codeHash;
  }

  override set codeHash(value: Uint8Array) {
    super.codeHash = value;
  }

  override get storageRoot(): Uint8Array {
    this.read.fields |= STORAGE_ROOT;
    return super.storageRoot;
  }

  override set storageRoot(value: Uint8Array) {
    super.storageRoot = value;
  }

  override isContract(): boolean {
    this.read.fields |= CODE;
    return super.isContract();
  }

  /**
   * EIP-161. Existence is on record since the account was handed out; an account that is not poorer than before is
   * dead only if it was dead. Who pays has code or a nonce, and that is on record too, or counts as looked at.
   */
  override isEmpty(): boolean {
    const now = this.untracked();
    const becamePoorer = now.balance < (this.read.record?.balance ?? 0n);
    if (becamePoorer && now.nonce === 0n) this.read.fields |= BALANCE;
    return isDead(now);
  }

  /** The fields as they are, without a trace. */
  untracked(): AccountRecord {
    return {
      nonce: this._nonce ?? 0n,
      balance: this._balance ?? 0n,
      codeHash: super.codeHash,
      storageRoot: super.storageRoot,
    };
  }
}

/** Paying `amount` out of `balance` narrows the balances of before for which it would have gone the same way. */
export function notePayment(read: AccountRead, balance: bigint, amount: bigint): void {
  const needed = (read.record?.balance ?? 0n) - balance + amount;
  if (balance >= amount) {
    if (needed > read.minBalance) read.minBalance = needed;
    return;
  }
  const most = needed - 1n;
  if (read.maxBalance === undefined || most < read.maxBalance) read.maxBalance = most;
}
