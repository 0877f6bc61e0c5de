import { InvariantError, type Receipt } from "../../protocol/index.ts";
import { AccessListBuilder } from "./accessListBuilder.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import { type Key, keyOf } from "./keys.ts";
import type { DoneOutcome, Outcome } from "./outcome.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import { calledBySystem, preBlockWrites } from "./systemCalls.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** A receipt of any chain's transaction. */
export type ReceiptOf<T extends LaneTransaction> = Omit<Receipt, "type"> & { type: T["type"] };

/** Left out of the block, untouched. */
export interface Skipped<T extends LaneTransaction> {
  transaction: T;
  reason: string;
  retryable: boolean;
}

/** A transaction of the block as it ran. */
export interface Accepted<T extends LaneTransaction> {
  /** Its place among the candidates. */
  candidate: number;
  transaction: T;
  outcome: DoneOutcome;
}

/**
 * The block as it grows, transaction by transaction in block order.
 *
 * Invariant: `overlay` is the state after exactly the transactions in `transactions`, their fees included. What is
 * skipped has left no trace in it.
 */
export class BlockAssembly<T extends LaneTransaction> {
  readonly overlay: StateOverlay;
  /** EIP-7928. */
  readonly accessList: AccessListBuilder;
  readonly transactions: T[] = [];
  readonly receipts: ReceiptOf<T>[] = [];
  readonly accepted: Accepted<T>[] = [];
  readonly skipped: Skipped<T>[] = [];
  gasUsed = 0n;
  /** Gas that was paid for: deposits' was paid on L1. */
  private paidGas = 0n;
  private readonly environment: BlockEnvironment;
  private readonly feeRecipient: Key;

  constructor(overlay: StateOverlay, environment: BlockEnvironment) {
    this.overlay = overlay;
    this.environment = environment;
    this.feeRecipient = keyOf(environment.coinbase);
    this.accessList = new AccessListBuilder(this.feeRecipient);
  }

  /** The system calls come first. */
  open(): void {
    const writes = preBlockWrites(this.overlay, this.environment);
    this.accessList.noteSystemWrites(writes, this.overlay, calledBySystem(this.environment));
    this.overlay.apply(writes);
  }

  /** After the last transaction: what the block owes its coinbase. */
  close(): void {
    const { collectsBaseFee, baseFeePerGas } = this.environment;
    const amount = this.paidGas * baseFeePerGas;
    if (collectsBaseFee !== true || amount === 0n) return;
    this.overlay.credit(this.feeRecipient, amount);
    this.accessList.noteClosingCredit(this.transactions.length, this.feeRecipient, this.overlay);
  }

  /** Ethereum's rule: what a transaction may use must fit, whatever it then uses. */
  fits(transaction: T): boolean {
    return transaction.gasLimit <= this.environment.gasLimit - this.gasUsed;
  }

  skip(transaction: T, reason: string, retryable: boolean): void {
    this.skipped.push({ transaction, reason, retryable });
  }

  /** `outcome` must be the transaction's on `overlay` as it is now. */
  take(candidate: number, transaction: T, outcome: Outcome): void {
    if (outcome.kind === "invalid") {
      this.skip(transaction, outcome.reason, outcome.retryable);
      return;
    }
    if (outcome.gasUsed > transaction.gasLimit)
      throw new InvariantError("more gas used than the limit allows");
    this.overlay.apply(outcome.writes);
    const { fee } = outcome;
    if (fee !== undefined) this.overlay.credit(this.feeRecipient, fee);
    this.accessList.note(
      this.transactions.length,
      outcome.reads,
      outcome.writes,
      this.overlay,
      fee === undefined ? undefined : { key: this.feeRecipient, amount: fee },
    );
    this.gasUsed += outcome.gasUsed;
    if (transaction.deposit === undefined) this.paidGas += outcome.gasUsed;
    const { baseFeePerGas } = this.environment;
    const { maxFeePerGas, maxPriorityFeePerGas } = transaction;
    const offered = baseFeePerGas + maxPriorityFeePerGas;
    this.transactions.push(transaction);
    this.accepted.push({ candidate, transaction, outcome });
    const receipt: ReceiptOf<T> = {
      type: transaction.type,
      status: outcome.status,
      gasUsed: outcome.gasUsed,
      cumulativeGasUsed: this.gasUsed,
      effectiveGasPrice: offered < maxFeePerGas ? offered : maxFeePerGas,
      logsBloom: outcome.logsBloom,
      logs: outcome.logs,
      contractAddress: outcome.contractAddress,
    };
    if (outcome.depositNonce !== undefined) receipt.depositNonce = outcome.depositNonce;
    this.receipts.push(receipt);
  }
}
