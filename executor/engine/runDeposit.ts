import type { Block } from "@ethereumjs/block";
import type { EVMResult } from "@ethereumjs/evm";
import { Address } from "@ethereumjs/util";
import { contractAddress, type IntrinsicGas } from "../../protocol/index.ts";
import type { LaneJournal } from "../evm/laneJournal.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { CommutingEvm } from "./commutingEvm.ts";
import { keyOf } from "./keys.ts";
import { type DoneOutcome, EMPTY_BLOOM } from "./outcome.ts";
import type { RecordingState } from "./recordingState.ts";
import { outcomeOf, type TransactionFrame } from "./transactionFrame.ts";
import type { TransactionRules } from "./transactionRules.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/**
 * Deposits as op-geth runs them since Regolith (`stateTransition.execute`): the mint comes first and stays, the nonce
 * moves on whatever happens, gas is metered but costs nothing, and nothing is asked of the sender: no nonce, no fee,
 * no gas cap (EIP-7825), no absence of code (EIP-3607).
 *
 * Invariant: a deposit is always part of its block. One that could not begin (gas that does not cover its form, value
 * that the sender does not have, initcode that is too long) has failed and used all its gas.
 */
export class DepositRunner {
  private readonly evm: CommutingEvm;
  private readonly state: RecordingState;
  private readonly journal: LaneJournal;
  private readonly rules: TransactionRules;
  private readonly frame: TransactionFrame;

  constructor(evm: CommutingEvm, state: RecordingState, rules: TransactionRules, frame: TransactionFrame) {
    this.evm = evm;
    this.state = state;
    this.journal = evm.laneJournal;
    this.rules = rules;
    this.frame = frame;
  }

  /** `state` has begun. */
  async run(
    deposit: LaneTransaction,
    mint: bigint,
    environment: BlockEnvironment,
    block: Block,
  ): Promise<DoneOutcome> {
    const nonce = this.state.beginDeposit(keyOf(deposit.sender), mint);
    const gas = this.rules.intrinsicGas(deposit);
    const outcome = this.canBegin(deposit, gas)
      ? await this.execute(deposit, environment, block, gas)
      : this.failed(deposit);
    outcome.depositNonce = nonce;
    if (deposit.to === undefined) outcome.contractAddress = contractAddress(deposit.sender, nonce);
    return outcome;
  }

  private canBegin({ sender, to, value, gasLimit, data }: LaneTransaction, gas: IntrinsicGas): boolean {
    const { maxInitcodeSize } = this.rules;
    if (gasLimit < gas.intrinsic || gasLimit < gas.floor) return false;
    if (to === undefined && maxInitcodeSize !== undefined && data.length > maxInitcodeSize) return false;
    return value === 0n || this.state.coversNow(new Address(sender), value);
  }

  private failed({ gasLimit }: LaneTransaction): DoneOutcome {
    return {
      kind: "done",
      status: 0,
      gasUsed: gasLimit,
      logsBloom: EMPTY_BLOOM,
      logs: [],
      contractAddress: undefined,
      fee: undefined,
      reads: this.state.reads(),
      writes: this.state.writes(),
    };
  }

  private async execute(
    deposit: LaneTransaction,
    environment: BlockEnvironment,
    block: Block,
    gas: IntrinsicGas,
  ): Promise<DoneOutcome> {
    const { journal } = this;
    this.frame.warmUp(deposit, environment);
    // The message's is the third checkpoint, as `state` expects of every transaction.
    await journal.checkpoint();
    await journal.checkpoint();
    const result = await this.runMessage(deposit, deposit.gasLimit - gas.intrinsic, block);
    const gasUsed = this.frame.gasUsed(result, gas, 0n);
    await this.frame.destroy(result);
    await journal.cleanup();
    return outcomeOf(result, gasUsed, undefined, this.state);
  }

  private runMessage(deposit: LaneTransaction, gasLimit: bigint, block: Block): Promise<EVMResult> {
    const { to, value, data } = deposit;
    const caller = new Address(deposit.sender);
    const message = { caller, gasLimit, gasPrice: 0n, value, data, block };
    if (to !== undefined) return this.evm.runTransactionMessage({ ...message, to: new Address(to) });
    return this.evm.runCall({ ...message, skipNonceIncrement: true });
  }
}
