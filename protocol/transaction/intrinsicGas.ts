import type { Transaction } from "./transaction.ts";

const TRANSACTION = 21_000n;
const CREATION = 32_000n;
const INITCODE_WORD = 2n;
const ACCESS_LIST_ADDRESS = 2_400n;
const ACCESS_LIST_STORAGE_KEY = 1_900n;
const AUTHORIZATION = 25_000n;
const TOKEN = 4n;
const TOKENS_PER_NONZERO_BYTE = 4;
const FLOOR_PER_TOKEN = 10n;

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

/** Gas that a transaction costs by its form alone, under Osaka rules. Its gas limit must cover both figures. */
export function intrinsicGas(
  transaction: Pick<Transaction, "to" | "data" | "accessList" | "authorizationList">,
): IntrinsicGas {
  const { data } = transaction;
  let zeros = 0;
  for (let i = 0; i < data.length; i++) if (data[i] === 0) zeros++;
  const tokens = BigInt(zeros + (data.length - zeros) * TOKENS_PER_NONZERO_BYTE);
  let intrinsic = TRANSACTION + tokens * TOKEN;
  if (transaction.to === undefined) {
    intrinsic += CREATION + INITCODE_WORD * BigInt(Math.ceil(data.length / 32));
  }
  for (const { storageKeys } of transaction.accessList) {
    intrinsic += ACCESS_LIST_ADDRESS + ACCESS_LIST_STORAGE_KEY * BigInt(storageKeys.length);
  }
  intrinsic += AUTHORIZATION * BigInt(transaction.authorizationList.length);
  return { intrinsic, floor: TRANSACTION + tokens * FLOOR_PER_TOKEN };
}
