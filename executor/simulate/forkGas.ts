import { EMPTY_BYTES, type IntrinsicGas } from "../../protocol/index.ts";
import type { LaneCommon } from "../engine/laneCommon.ts";
import { TransactionRules } from "../engine/transactionRules.ts";
import type { Message } from "./message.ts";

/** What a hardfork asks of a message and takes for it. */
export class ForkGas {
  readonly hasBaseFee: boolean;
  readonly hasBlobs: boolean;
  /** EIP-7594. */
  readonly limitsBlobs: boolean;
  readonly hasWarmth: boolean;
  readonly warmsFeeRecipient: boolean;
  /** EIP-3860, bytes. */
  readonly maxInitcodeSize: number | undefined;
  /** EIP-7825. */
  readonly maxTransactionGas: bigint | undefined;
  readonly maxRefundQuotient: bigint;
  private readonly rules: TransactionRules;
  private readonly common: LaneCommon;

  constructor(common: LaneCommon) {
    this.common = common;
    this.rules = new TransactionRules(common);
    this.hasBaseFee = common.isActivatedEIP(1559);
    this.hasBlobs = common.isActivatedEIP(4844);
    this.limitsBlobs = common.isActivatedEIP(7594);
    this.hasWarmth = common.isActivatedEIP(2929);
    this.warmsFeeRecipient = common.isActivatedEIP(3651);
    this.maxInitcodeSize = this.rules.maxInitcodeSize;
    this.maxTransactionGas = this.rules.maxTransactionGas;
    this.maxRefundQuotient = BigInt(common.param("maxRefundQuotient"));
  }

  intrinsicGas(message: Message): IntrinsicGas {
    return this.rules.intrinsicGas({
      type: 0,
      sender: message.from,
      chainId: undefined,
      nonce: 0n,
      gasLimit: message.gas,
      maxFeePerGas: message.feeCap,
      maxPriorityFeePerGas: message.tip,
      to: message.to,
      value: message.value,
      data: message.data.length === 0 ? EMPTY_BYTES : message.data,
      accessList: message.accessList,
      authorizationList: message.authorizationList ?? [],
    });
  }

  /** EIP-4844: in wei. */
  blobBaseFee(excessBlobGas: bigint): bigint {
    const factor = BigInt(this.common.param("minBlobGas"));
    const denominator = BigInt(this.common.param("blobGasPriceUpdateFraction"));
    let sum = 0n;
    let term = factor * denominator;
    for (let i = 1n; term > 0n; i++) {
      sum += term;
      term = (term * excessBlobGas) / (denominator * i);
    }
    return sum / denominator;
  }
}
