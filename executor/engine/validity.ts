import { bytesToHex, type IntrinsicGas } from "../../protocol/index.ts";
import type { AccountRecord } from "../state/types.ts";
import { hasCode } from "./access.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import type { TransactionRules } from "./transactionRules.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

/** Why a transaction cannot be in the block; geth's wording. `retryable`: a later block may take it unchanged. */
export interface Invalidity {
  reason: string;
  retryable: boolean;
}

const MAX_NONCE = 2n ** 64n - 1n;
const DELEGATION_LENGTH = 23;
/** EIP-4844. */
const GAS_PER_BLOB = 131_072n;

/**
 * The checks of geth's `preCheck` and `buyGas`, in geth's order, on the sender as it is at the transaction's place.
 * The block's gas limit is not among them: that is decided when the transaction is committed.
 */
export function invalidity(
  transaction: LaneTransaction,
  sender: AccountRecord | undefined,
  senderCode: () => Uint8Array,
  environment: BlockEnvironment,
  gas: IntrinsicGas,
  rules: TransactionRules,
): Invalidity | undefined {
  return (
    invalidForm(transaction, rules) ??
    invalidNonce(transaction, sender?.nonce ?? 0n) ??
    (rules.contractsMaySend ? undefined : invalidSender(transaction, sender, senderCode)) ??
    invalidFees(transaction, environment) ??
    invalidFunds(transaction, sender?.balance ?? 0n) ??
    invalidGas(transaction, gas, rules)
  );
}

function final(reason: string): Invalidity {
  return { reason, retryable: false };
}

function invalidForm(transaction: LaneTransaction, rules: TransactionRules): Invalidity | undefined {
  const { chainId, maxTransactionGas } = rules;
  if (!rules.allows(transaction.type)) return final("transaction type not supported");
  if (transaction.chainId !== undefined && transaction.chainId !== chainId) {
    return final(`invalid chain id for signer: have ${transaction.chainId} want ${chainId}`);
  }
  if (maxTransactionGas !== undefined && transaction.gasLimit > maxTransactionGas) {
    return final(`transaction gas limit too high (cap: ${maxTransactionGas}, tx: ${transaction.gasLimit})`);
  }
  if (transaction.type === 4 && transaction.to === undefined) {
    return final("EIP-7702 transaction cannot be used to create contract");
  }
  if (transaction.type === 4 && transaction.authorizationList.length === 0) {
    return final("EIP-7702 transaction with empty auth list");
  }
  return undefined;
}

function invalidNonce(transaction: LaneTransaction, nonce: bigint): Invalidity | undefined {
  if (transaction.nonce < nonce) {
    return final(`nonce too low: address ${name(transaction)}, tx: ${transaction.nonce} state: ${nonce}`);
  }
  if (transaction.nonce > nonce) {
    const reason = `nonce too high: address ${name(transaction)}, tx: ${transaction.nonce} state: ${nonce}`;
    return { reason, retryable: true };
  }
  if (nonce >= MAX_NONCE) return final(`nonce has max value: address ${name(transaction)}, nonce: ${nonce}`);
  return undefined;
}

/** EIP-3607, with the exception of EIP-7702's delegations. */
function invalidSender(
  transaction: LaneTransaction,
  sender: AccountRecord | undefined,
  senderCode: () => Uint8Array,
): Invalidity | undefined {
  if (sender === undefined || !hasCode(sender)) return undefined;
  const code = senderCode();
  if (code.length === DELEGATION_LENGTH && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00) {
    return undefined;
  }
  return final(`sender not an eoa: address ${name(transaction)}, codehash: ${bytesToHex(sender.codeHash)}`);
}

function invalidFees(transaction: LaneTransaction, environment: BlockEnvironment): Invalidity | undefined {
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const { baseFeePerGas } = environment;
  if (maxPriorityFeePerGas > maxFeePerGas) {
    return final(
      `max priority fee per gas higher than max fee per gas: address ${name(transaction)}, ` +
        `maxPriorityFeePerGas: ${maxPriorityFeePerGas}, maxFeePerGas: ${maxFeePerGas}`,
    );
  }
  if (maxFeePerGas < baseFeePerGas) {
    const reason =
      `max fee per gas less than block base fee: address ${name(transaction)}, ` +
      `maxFeePerGas: ${maxFeePerGas}, baseFee: ${baseFeePerGas}`;
    return { reason, retryable: true };
  }
  return undefined;
}

/** What the sender must own for the transaction to be taken, in wei. */
export function upFrontCost({ gasLimit, maxFeePerGas, value, blobs }: LaneTransaction): bigint {
  const cost = gasLimit * maxFeePerGas + value;
  if (blobs === undefined) return cost;
  return cost + GAS_PER_BLOB * BigInt(blobs.versionedHashes.length) * blobs.maxFeePerBlobGas;
}

function invalidFunds(transaction: LaneTransaction, balance: bigint): Invalidity | undefined {
  const cost = upFrontCost(transaction);
  if (balance >= cost) return undefined;
  return final(
    `insufficient funds for gas * price + value: address ${name(transaction)} have ${balance} want ${cost}`,
  );
}

function invalidGas(
  transaction: LaneTransaction,
  gas: IntrinsicGas,
  { maxInitcodeSize }: TransactionRules,
): Invalidity | undefined {
  const { gasLimit, data, to } = transaction;
  if (gasLimit < gas.intrinsic) {
    return final(`intrinsic gas too low: have ${gasLimit}, want ${gas.intrinsic}`);
  }
  if (gasLimit < gas.floor) {
    return final(`insufficient gas for floor data gas cost: have ${gasLimit}, want ${gas.floor}`);
  }
  if (to === undefined && maxInitcodeSize !== undefined && data.length > maxInitcodeSize) {
    return final(`max initcode size exceeded: code size ${data.length} limit ${maxInitcodeSize}`);
  }
  return undefined;
}

function name(transaction: LaneTransaction): string {
  return bytesToHex(transaction.sender);
}
