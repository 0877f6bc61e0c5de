import type { StateReader } from "../../executor/index.ts";
import { bytesEqual, bytesToHex, padTo32 } from "../../protocol/index.ts";
import type { KnownAccount, TransactionCondition } from "../mempool/index.ts";

const EMPTY_TRIE_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

/**
 * Why a transaction may not be part of a block with this number and time on this state; undefined when it may. `state`:
 * after the block's parent, so what earlier transactions of the same block change is not seen.
 */
export function conditionFailure(
  condition: TransactionCondition,
  block: { number: number; timestamp: number },
  state: StateReader,
): string | undefined {
  return headerFailure(condition, block) ?? stateFailure(condition, state);
}

export function headerFailure(
  condition: TransactionCondition,
  { number, timestamp }: { number: number; timestamp: number },
): string | undefined {
  const { blockNumberMin, blockNumberMax, timestampMin, timestampMax } = condition;
  if (blockNumberMin !== undefined && number < blockNumberMin) {
    return `failed header check: block number minimum ${blockNumberMin} not met by ${number}`;
  }
  if (blockNumberMax !== undefined && number > blockNumberMax) {
    return `failed header check: block number maximum ${blockNumberMax} exceeded by ${number}`;
  }
  if (timestampMin !== undefined && timestamp < timestampMin) {
    return `failed header check: timestamp minimum ${timestampMin} not met by ${timestamp}`;
  }
  if (timestampMax !== undefined && timestamp > timestampMax) {
    return `failed header check: timestamp maximum ${timestampMax} exceeded by ${timestamp}`;
  }
  return undefined;
}

export function stateFailure(
  { knownAccounts }: TransactionCondition,
  state: StateReader,
): string | undefined {
  for (const known of knownAccounts) {
    const failure = accountFailure(known, state);
    if (failure !== undefined) return `failed state check: ${failure}`;
  }
  return undefined;
}

function accountFailure(
  { address, storageRoot, slots = [] }: KnownAccount,
  state: StateReader,
): string | undefined {
  const name = bytesToHex(address);
  if (storageRoot !== undefined) {
    const record = state.account(address);
    const actual = record === undefined ? EMPTY_TRIE_ROOT : bytesToHex(record.storageRoot);
    const wanted = bytesToHex(storageRoot);
    return actual === wanted ? undefined : `storage root of ${name} is ${actual}, expected ${wanted}`;
  }
  for (const { slot, value } of slots) {
    const actual = padTo32(state.storage(address, slot));
    if (bytesEqual(actual, value)) continue;
    return `slot ${bytesToHex(slot)} of ${name} is ${bytesToHex(actual)}, expected ${bytesToHex(value)}`;
  }
  return undefined;
}
