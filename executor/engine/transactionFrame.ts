import type { EVMResult } from "@ethereumjs/evm";
import { Address } from "@ethereumjs/util";
import { hexToBytes, type IntrinsicGas, type Log, logsBloom } from "../../protocol/index.ts";
import type { LaneJournal } from "../evm/laneJournal.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { CommutingEvm } from "./commutingEvm.ts";
import { type Key, keyOf } from "./keys.ts";
import type { LaneCommon } from "./laneCommon.ts";
import { type DoneOutcome, EMPTY_BLOOM } from "./outcome.ts";
import type { RecordingState } from "./recordingState.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** What stands around a transaction's message whoever pays for it: warm addresses, gas used, accounts destroyed. */
export class TransactionFrame {
  private readonly journal: LaneJournal;
  private readonly hasWarmth: boolean;
  private readonly warmsFeeRecipient: boolean;
  private readonly onlyNewAreDestroyed: boolean;
  private readonly maxRefundQuotient: bigint;
  private readonly precompiles: ReadonlySet<Key>;

  constructor(evm: CommutingEvm, common: LaneCommon) {
    this.journal = evm.laneJournal;
    this.hasWarmth = common.isActivatedEIP(2929);
    this.warmsFeeRecipient = common.isActivatedEIP(3651);
    this.onlyNewAreDestroyed = common.isActivatedEIP(6780);
    this.maxRefundQuotient = BigInt(common.param("maxRefundQuotient"));
    this.precompiles = new Set([...evm.precompiles.keys()].map((hex) => keyOf(hexToBytes(`0x${hex}`))));
  }

  /** EIP-2929, 2930, 3651. */
  warmUp(transaction: LaneTransaction, environment: BlockEnvironment): void {
    if (!this.hasWarmth) {
      this.journal.cleanJournal();
      return;
    }
    const { sender, to } = transaction;
    const warm: Key[] = to === undefined ? [keyOf(sender)] : [keyOf(sender), keyOf(to)];
    if (this.warmsFeeRecipient) warm.push(keyOf(environment.coinbase));
    for (const { address, storageKeys } of transaction.accessList) {
      const key = keyOf(address);
      warm.push(key);
      for (const slot of storageKeys) warm.push(key + keyOf(slot));
    }
    this.journal.begin(warm, this.precompiles);
  }

  /** EIP-3529's cap on refunds, then EIP-7623's floor. */
  gasUsed({ execResult }: EVMResult, gas: IntrinsicGas, authorizationRefund: bigint): bigint {
    const spent = gas.intrinsic + execResult.executionGasUsed;
    const refund = authorizationRefund + (execResult.gasRefund ?? 0n);
    const most = spent / this.maxRefundQuotient;
    const used = spent - (refund < most ? refund : most);
    return used > gas.floor ? used : gas.floor;
  }

  /** EIP-6780: since Cancun only contracts that the transaction created go. */
  async destroy({ execResult }: EVMResult): Promise<void> {
    for (const address of execResult.selfdestruct?.keys() ?? []) {
      if (this.onlyNewAreDestroyed && execResult.createdAddresses?.has(address) !== true) continue;
      await this.journal.deleteAccount(new Address(hexToBytes(address)));
    }
  }
}

/** What the message left; `state` has seen everything. */
export function outcomeOf(
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
