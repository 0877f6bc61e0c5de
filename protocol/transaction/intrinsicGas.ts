import type { Transaction } from "./transaction.ts";

const TRANSACTION = 21_000n;
const CREATION = 32_000n;
const ACCESS_LIST_ADDRESS = 2_400n;
const ACCESS_LIST_STORAGE_KEY = 1_900n;
const AUTHORIZATION = 25_000n;
const ZERO_BYTE = 4n;
/** EIP-7623. */
const TOKENS_PER_NONZERO_BYTE = 4n;

/** What hardforks have changed about a transaction's intrinsic gas. */
export interface GasSchedule {
  /** 68 before EIP-2028. */
  nonZeroByte: bigint;
  /** EIP-3860; 0 before. */
  initcodeWord: bigint;
  /** EIP-7623: floor per token of calldata; undefined before. */
  floorToken: bigint | undefined;
}

export const OSAKA_GAS: GasSchedule = { nonZeroByte: 16n, initcodeWord: 2n, floorToken: 10n };

/** EIP-3860: longest initcode of a creation, in bytes. */
export const MAX_INITCODE_SIZE = 49_152;

/** EIP-7825 (Osaka): the most gas that one transaction may ask for. */
export const MAX_TRANSACTION_GAS = 2n ** 24n;

export interface IntrinsicGas {
  /** Charged before the first instruction. EIP-2028, 2930, 3860, 7702. */
  intrinsic: bigint;
  /** EIP-7623: the least that the transaction pays, whatever it runs. */
  floor: bigint;
}

/** Gas that a transaction costs by its form alone. Its gas limit must cover both figures. */
export function intrinsicGas(
  transaction: Pick<Transaction, "to" | "data" | "accessList" | "authorizationList">,
  schedule: GasSchedule = OSAKA_GAS,
): IntrinsicGas {
  const { data } = transaction;
  let zeros = 0;
  for (let i = 0; i < data.length; i++) if (data[i] === 0) zeros++;
  const zeroBytes = BigInt(zeros);
  const nonZeroBytes = BigInt(data.length - zeros);
  let intrinsic = TRANSACTION + zeroBytes * ZERO_BYTE + nonZeroBytes * schedule.nonZeroByte;
  if (transaction.to === undefined) {
    intrinsic += CREATION + schedule.initcodeWord * BigInt(Math.ceil(data.length / 32));
  }
  for (const { storageKeys } of transaction.accessList) {
    intrinsic += ACCESS_LIST_ADDRESS + ACCESS_LIST_STORAGE_KEY * BigInt(storageKeys.length);
  }
  intrinsic += AUTHORIZATION * BigInt(transaction.authorizationList.length);
  const tokens = zeroBytes + nonZeroBytes * TOKENS_PER_NONZERO_BYTE;
  const floor = schedule.floorToken === undefined ? 0n : TRANSACTION + tokens * schedule.floorToken;
  return { intrinsic, floor };
}
