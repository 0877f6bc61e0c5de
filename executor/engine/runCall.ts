import type { Block } from "@ethereumjs/block";
import type { EVMResult } from "@ethereumjs/evm";
import { Account, Address } from "@ethereumjs/util";
import { effectiveTip, hexToBytes, type IntrinsicGas, type Log, logsBloom } from "../../protocol/index.ts";
import type { LaneJournal } from "../evm/laneJournal.ts";
import { applyAuthorizations } from "./applyAuthorizations.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { CommutingEvm } from "./commutingEvm.ts";
import { type Key, keyOf } from "./keys.ts";
import type { LaneCommon } from "./laneCommon.ts";
import { type DoneOutcome, EMPTY_BLOOM } from "./outcome.ts";
import type { RecordingState } from "./recordingState.ts";
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
  private readonly hasWarmth: boolean;
  private readonly warmsFeeRecipient: boolean;
  private readonly onlyNewAreDestroyed: boolean;
  private readonly maxRefundQuotient: bigint;
  private readonly precompiles: ReadonlySet<Key>;

  constructor(evm: CommutingEvm, state: RecordingState, common: LaneCommon) {
    this.evm = evm;
    this.state = state;
    this.journal = evm.laneJournal;
    this.chainId = common.chainId();
    this.hasWarmth = common.isActivatedEIP(2929);
    this.warmsFeeRecipient = common.isActivatedEIP(3651);
    this.onlyNewAreDestroyed = common.isActivatedEIP(6780);
    this.maxRefundQuotient = BigInt(common.param("maxRefundQuotient"));
    this.precompiles = new Set([...evm.precompiles.keys()].map((hex) => keyOf(hexToBytes(`0x${hex}`))));
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
    this.warmUp(transaction, to, environment);
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
    const gasUsed = this.gasUsed(result, gas, refund);
    const fee = await this.settle(
      sender,
      environment,
      transaction.gasLimit - gasUsed,
      gasUsed,
      gasPrice,
      tip,
    );
    await this.destroy(result);
    await journal.cleanup();
    return outcomeOf(result, gasUsed, fee, state);
  }

  /** EIP-2929, 2930, 3651. */
  private warmUp(transaction: LaneTransaction, to: Uint8Array, environment: BlockEnvironment): void {
    if (!this.hasWarmth) {
      this.journal.cleanJournal();
      return;
    }
    const warm: Key[] = [keyOf(transaction.sender), keyOf(to)];
    if (this.warmsFeeRecipient) warm.push(keyOf(environment.coinbase));
    for (const { address, storageKeys } of transaction.accessList) {
      const key = keyOf(address);
      warm.push(key);
      for (const slot of storageKeys) warm.push(key + keyOf(slot));
    }
    this.journal.begin(warm, this.precompiles);
  }

  /** EIP-3529's cap on refunds, then EIP-7623's floor. */
  private gasUsed({ execResult }: EVMResult, gas: IntrinsicGas, authorizationRefund: bigint): bigint {
    const spent = gas.intrinsic + execResult.executionGasUsed;
    const refund = authorizationRefund + (execResult.gasRefund ?? 0n);
    const most = spent / this.maxRefundQuotient;
    const used = spent - (refund < most ? refund : most);
    return used > gas.floor ? used : gas.floor;
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

  /** EIP-6780: since Cancun only contracts that the transaction created go. */
  private async destroy({ execResult }: EVMResult): Promise<void> {
    for (const address of execResult.selfdestruct?.keys() ?? []) {
      if (this.onlyNewAreDestroyed && execResult.createdAddresses?.has(address) !== true) continue;
      await this.journal.deleteAccount(new Address(hexToBytes(address)));
    }
  }
}

function outcomeOf(
  { execResult }: EVMResult,
  gasUsed: bigint,
  fee: bigint | undefined,
  state: RecordingState,
): DoneOutcome {
  const logs = (execResult.logs ?? []).map(([address, topics, data]): Log => ({ address, topics, data }));
  const writes = state.writes();
  return {
    kind: "done",
    status: execResult.exceptionError === undefined ? 1 : 0,
    gasUsed,
    logsBloom: logs.length === 0 ? EMPTY_BLOOM : logsBloom(logs),
    logs,
    contractAddress: undefined,
    fee,
    reads: state.reads(),
    writes,
  };
}
