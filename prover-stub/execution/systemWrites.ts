import { Address } from "@ethereumjs/util";
import {
  BEACON_ROOTS_ADDRESS,
  bigIntToBytes,
  HISTORY_STORAGE_ADDRESS,
  padTo32,
} from "../../protocol/index.ts";
import type { WitnessState } from "./witnessState.ts";

const RING = 8191;

/**
 * What opens a block: the beacon root's ring (EIP-4788) and the ring of parent hashes (EIP-2935) are written where
 * their contracts are.
 */
export async function openBlock(
  state: WitnessState,
  block: { number: number; timestamp: number; parentHash: Uint8Array; parentBeaconBlockRoot: Uint8Array },
): Promise<void> {
  const { number, timestamp, parentHash, parentBeaconBlockRoot } = block;
  const roots = new Address(BEACON_ROOTS_ADDRESS);
  if ((await state.getCodeSize(roots)) > 0) {
    const place = timestamp % RING;
    await state.putStorage(roots, word(place), bigIntToBytes(BigInt(timestamp)));
    await state.putStorage(roots, word(place + RING), parentBeaconBlockRoot);
  }
  const history = new Address(HISTORY_STORAGE_ADDRESS);
  if (number > 0 && (await state.getCodeSize(history)) > 0) {
    await state.putStorage(history, word((number - 1) % RING), parentHash);
  }
}

function word(value: number): Uint8Array {
  return padTo32(bigIntToBytes(BigInt(value)));
}
