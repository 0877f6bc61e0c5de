import type { Block } from "@ethereumjs/block";
import { Account, Address } from "@ethereumjs/util";
import { effectiveTip, type IntrinsicGas } from "../../protocol/index.ts";
import type { LaneJournal } from "../evm/laneJournal.ts";
import { applyAuthorizations } from "./applyAuthorizations.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { CommutingEvm } from "./commutingEvm.ts";
import type { LaneCommon } from "./laneCommon.ts";
import type { DoneOutcome } from "./outcome.ts";
import type { RecordingState } from "./recordingState.ts";
import { outcomeOf, type TransactionFrame } from "./transactionFrame.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/**
 * What `runTx` does with a transaction that calls somebody, step by step the same, on what a lane knows already: the
 * sender, the checks passed, the gas by form. No transaction object is built, nothing is verified twice, and warm
 * addresses are keys of one set. Creations and blob transactions, the rare ones, take `runTx` itself.
 */
export class CallRunner {
  private readonly evm: CommutingEvm;
  private readonly state: RecordingState;
  private readonly journal: LaneJournal;
  private readonly chainId: bigint;
  private readonly frame: TransactionFrame;

  constructor(evm: CommutingEvm, state: RecordingState, common: LaneCommon, frame: TransactionFrame) {
    this.evm = evm;
    this.state = state;
    this.journal = evm.laneJournal;
    this.chainId = common.chainId();
    this.frame = frame;
  }

  /** The sender's nonce, code, fees and funds have been checked, `state` has begun. */
  async run(
    transaction: LaneTransaction,
    to: Uint8Array,
    environment: BlockEnvironment,
    block: Block,
    gas: IntrinsicGas,
  ): Promise<DoneOutcome> {
    const { journal, state } = this;
    const sender = new Address(transaction.sender);
    const tip = effectiveTip(transaction, environment.baseFeePerGas);
    const gasPrice = environment.baseFeePerGas + tip;
    this.frame.warmUp(transaction, environment);
    await journal.checkpoint();
    const payer = state.accountNow(sender) ?? new Account();
    payer.balance -= transaction.gasLimit * gasPrice;
    payer.nonce += 1n;
    await journal.putAccount(sender, payer);
    await journal.checkpoint();
    const refund =
      transaction.authorizationList.length === 0
        ? 0n
        : await applyAuthorizations(transaction.authorizationList, this.evm, state, this.chainId);
    const result = await this.evm.runTransactionMessage({
      caller: sender,
      to: new Address(to),
      gasLimit: transaction.gasLimit - gas.intrinsic,
      gasPrice,
      value: transaction.value,
      data: transaction.data,
      block,
    });
    await journal.commit();
    const gasUsed = this.frame.gasUsed(result, gas, refund);
    const fee = await this.settle(
      sender,
      environment,
      transaction.gasLimit - gasUsed,
      gasUsed,
      gasPrice,
      tip,
    );
    await this.frame.destroy(result);
    await journal.cleanup();
    return outcomeOf(result, gasUsed, fee, state);
  }

  /** Gives back what was not used; the tip, unless the transaction touched who gets it, is left to whoever takes it. */
  private async settle(
    sender: Address,
    environment: BlockEnvironment,
    unused: bigint,
    gasUsed: bigint,
    gasPrice: bigint,
    tip: bigint,
  ): Promise<bigint | undefined> {
    const { journal, state } = this;
    const payer = state.accountNow(sender) ?? new Account();
    payer.balance += unused * gasPrice;
    await journal.putAccount(sender, payer);
    if (!state.touchedFeeRecipient()) return gasUsed * tip;
    const feeRecipient = new Address(environment.coinbase);
    const receiver = state.accountNow(feeRecipient) ?? new Account();
    receiver.balance += gasUsed * tip;
    await journal.putAccount(feeRecipient, receiver);
    return undefined;
  }
}
