import { bytesToHex, type Hex, padTo32 } from "../bytes.ts";
import type { AccountAccess, BlockAccessList } from "./blockAccessList.ts";

/** `AccountAccess` of the execution API: the parts of `eth_getBlockAccessList`'s result. */
export interface AccountAccessJson {
  address: Hex;
  storageChanges: { key: Hex; changes: { index: Hex; value: Hex }[] }[];
  storageReads: Hex[];
  balanceChanges: { index: Hex; value: Hex }[];
  nonceChanges: { index: Hex; value: Hex }[];
  codeChanges: { index: Hex; code: Hex }[];
}

/**
 * The result of `eth_getBlockAccessList` as the execution API's schema has it: storage keys and values as 32 bytes,
 * indexes, balances and nonces as quantities. Lists that are empty stay in.
 */
export function blockAccessListToJson(list: BlockAccessList): AccountAccessJson[] {
  return list.map(accountToJson);
}

function accountToJson(account: AccountAccess): AccountAccessJson {
  return {
    address: bytesToHex(account.address),
    storageChanges: account.storageChanges.map(({ slot, changes }) => ({
      key: bytesToHex(slot),
      changes: changes.map(({ index, value }) => ({
        index: quantity(index),
        value: bytesToHex(padTo32(value)),
      })),
    })),
    storageReads: account.storageReads.map(bytesToHex),
    balanceChanges: account.balanceChanges.map(({ index, balance }) => ({
      index: quantity(index),
      value: quantity(balance),
    })),
    nonceChanges: account.nonceChanges.map(({ index, nonce }) => ({
      index: quantity(index),
      value: quantity(nonce),
    })),
    codeChanges: account.codeChanges.map(({ index, code }) => ({
      index: quantity(index),
      code: bytesToHex(code),
    })),
  };
}

function quantity(value: number | bigint): Hex {
  return `0x${value.toString(16)}`;
}
