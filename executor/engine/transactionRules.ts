import {
  DEPOSIT_TYPE,
  type GasSchedule,
  type IntrinsicGas,
  intrinsicGas,
  MAX_INITCODE_SIZE,
  MAX_TRANSACTION_GAS,
  OSAKA_GAS,
} from "../../protocol/index.ts";
import type { LaneCommon } from "./laneCommon.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** The EIP that brought each transaction type. */
const TYPE_EIP: Record<LaneTransaction["type"], number | undefined> = {
  0: undefined,
  1: 2930,
  2: 1559,
  3: 4844,
  4: 7702,
  // No EIP's, and no user's: whoever may run one does not ask here.
  [DEPOSIT_TYPE]: undefined,
};

/** What a hardfork asks of a transaction's form. */
export class TransactionRules {
  readonly chainId: bigint;
  /** EIP-7825. */
  readonly maxTransactionGas: bigint | undefined;
  /** EIP-3860, bytes. */
  readonly maxInitcodeSize: number | undefined;
  /** Without EIP-3607. */
  readonly contractsMaySend: boolean;
  private readonly schedule: GasSchedule;
  private readonly types: ReadonlySet<LaneTransaction["type"]>;

  constructor(common: LaneCommon, contractsMaySend = false) {
    this.contractsMaySend = contractsMaySend;
    this.chainId = common.chainId();
    this.maxTransactionGas = common.isActivatedEIP(7825) ? MAX_TRANSACTION_GAS : undefined;
    this.maxInitcodeSize = common.isActivatedEIP(3860) ? MAX_INITCODE_SIZE : undefined;
    this.schedule = {
      ...OSAKA_GAS,
      nonZeroByte: BigInt(common.param("txDataNonZeroGas")),
      initcodeWord: common.isActivatedEIP(3860) ? OSAKA_GAS.initcodeWord : 0n,
      floorToken: common.isActivatedEIP(7623) ? OSAKA_GAS.floorToken : undefined,
    };
    const allTypes = [0, 1, 2, 3, 4] as const;
    this.types = new Set(
      allTypes.filter((type) => {
        const eip = TYPE_EIP[type];
        return eip === undefined || common.isActivatedEIP(eip);
      }),
    );
  }

  allows(type: LaneTransaction["type"]): boolean {
    return this.types.has(type);
  }

  intrinsicGas(transaction: LaneTransaction): IntrinsicGas {
    return intrinsicGas(transaction, this.schedule);
  }
}
