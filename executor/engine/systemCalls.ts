import { bigIntToBytes, hexToBytes, padTo32, stripLeadingZeros } from "../../protocol/index.ts";
import { type AccountWrite, hasCode, type WriteSet } from "./access.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import { type Key, keyOf } from "./keys.ts";
import type { StateOverlay } from "./stateOverlay.ts";

const HISTORY_STORAGE = keyOf(hexToBytes("0x0000F90827F1C53a10cb7A02335B175320002935"));
const BEACON_ROOTS = keyOf(hexToBytes("0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02"));
/** EIP-2935: parent hashes that the ring holds. */
const HISTORY_WINDOW = 8191n;
/** EIP-4788: roots that the ring holds. */
const ROOTS_WINDOW = 8191n;

/** The contracts that the system calls when a block opens, whether they are there or not. */
export function calledBySystem({ number, systemCalls }: BlockEnvironment): Key[] {
  if (systemCalls === false) return [];
  return number > 0 ? [BEACON_ROOTS, HISTORY_STORAGE] : [BEACON_ROOTS];
}

/**
 * The writes that open a block: the parent's hash (EIP-2935) and the beacon root (EIP-4788), exactly what the system
 * contracts' code would store when called by the system address. Nothing where a contract has no code.
 *
 * There are no withdrawals, and nobody calls the request contracts: requests belong to L1.
 */
export function preBlockWrites(overlay: StateOverlay, environment: BlockEnvironment): WriteSet {
  if (environment.systemCalls === false) return { accounts: [], codes: [] };
  const accounts: AccountWrite[] = [];
  const write = (key: Key, slots: [index: bigint, value: Uint8Array][]): void => {
    const record = overlay.account(key);
    if (record === undefined || !hasCode(record)) return;
    accounts.push({
      key,
      deleted: false,
      nonce: undefined,
      codeHash: undefined,
      balanceDelta: 0n,
      storageCleared: false,
      slots: slots.map(([index, value]) => ({ slot: slotKey(index), value: stripLeadingZeros(value) })),
    });
  };
  const time = BigInt(environment.timestamp);
  const index = time % ROOTS_WINDOW;
  write(BEACON_ROOTS, [
    [index, bigIntToBytes(time)],
    [index + ROOTS_WINDOW, environment.parentBeaconBlockRoot],
  ]);
  if (environment.number > 0) {
    write(HISTORY_STORAGE, [[BigInt(environment.number - 1) % HISTORY_WINDOW, environment.parentHash]]);
  }
  return { accounts, codes: [] };
}

/** Hash of one of the last 256 blocks. Only the system writes that ring, so nobody needs to record the read. */
export function recentBlockHash(overlay: StateOverlay, number: number): Uint8Array {
  return padTo32(overlay.storage(HISTORY_STORAGE, slotKey(BigInt(number) % HISTORY_WINDOW)));
}

function slotKey(index: bigint): Key {
  return keyOf(padTo32(bigIntToBytes(index)));
}
