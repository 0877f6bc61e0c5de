import { type AccessListEntry, type Authorization, effectiveTip } from "../../protocol/index.ts";
import type { LaneTransaction } from "../engine/vmTransaction.ts";
import type { Message } from "../simulate/message.ts";
import type { SimulationEnvironment } from "../simulate/overrides.ts";

/** A transaction with its prices settled: signed and mined, or made up for a call. */
export interface TracedMessage {
  /** 20 bytes. */
  from: Uint8Array;
  /** Undefined for a creation. */
  to: Uint8Array | undefined;
  gasLimit: bigint;
  /** What GASPRICE answers and the sender pays. */
  gasPrice: bigint;
  /** The part of it that the fee recipient gets. */
  tip: bigint;
  /** What BASEFEE answers. */
  baseFee: bigint;
  value: bigint;
  data: Uint8Array;
  /** The sender's own when left out. */
  nonce: bigint | undefined;
  accessList: AccessListEntry[];
  authorizationList: Authorization[];
  /** 32 bytes each. */
  blobHashes: Uint8Array[];
  /** In wei; 0 for calls, which pay for no blobs. */
  blobGasPrice: bigint;
  /** Deposits of L1: what the sender gets first, in wei. They buy no gas and pay nobody. */
  mint: bigint | undefined;
}

/** A signed transaction in its block. */
export function minedMessage(
  transaction: LaneTransaction,
  baseFee: bigint,
  blobGasPrice: bigint,
): TracedMessage {
  const { deposit } = transaction;
  const tip = deposit === undefined ? effectiveTip(transaction, baseFee) : 0n;
  return {
    from: transaction.sender,
    to: transaction.to,
    gasLimit: transaction.gasLimit,
    gasPrice: deposit === undefined ? baseFee + tip : 0n,
    tip,
    baseFee,
    value: transaction.value,
    data: transaction.data,
    nonce: deposit === undefined ? transaction.nonce : undefined,
    accessList: transaction.accessList,
    authorizationList: transaction.authorizationList,
    blobHashes: transaction.blobs?.versionedHashes ?? [],
    blobGasPrice,
    mint: deposit?.mint,
  };
}

/** A call: with no price named, its block has no base fee, as in geth. */
export function callMessage(message: Message, environment: SimulationEnvironment): TracedMessage {
  const { gas, gasPrice, blobHashes, authorizationList, from, to, value, data, accessList } = message;
  const base = environment.baseFeePerGas;
  return {
    from,
    to,
    gasLimit: gas,
    gasPrice,
    tip: gasPrice === 0n ? 0n : gasPrice - base,
    baseFee: gasPrice === 0n ? 0n : base,
    value,
    data,
    nonce: undefined,
    accessList,
    authorizationList: authorizationList ?? [],
    blobHashes: blobHashes ?? [],
    blobGasPrice: 0n,
    mint: undefined,
  };
}

/** What a transaction's gas by form depends on. */
export function formOf(message: TracedMessage): LaneTransaction {
  const { from, to, gasLimit, gasPrice, value, data, nonce, accessList, authorizationList } = message;
  return {
    type: authorizationList.length > 0 ? 4 : 2,
    sender: from,
    to,
    chainId: undefined,
    nonce: nonce ?? 0n,
    gasLimit,
    maxFeePerGas: gasPrice,
    maxPriorityFeePerGas: message.tip,
    value,
    data,
    accessList,
    authorizationList,
  };
}
