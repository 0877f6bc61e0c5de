import type { StateReader } from "../../executor/index.ts";
import { bytesToBigInt, L1_BLOCK_ADDRESS, L1_PRICE_SLOTS, type L1Prices } from "../../protocol/index.ts";

/** What this state knows of L1's prices: they set the floor of the base fee of the next block. */
export function l1Prices(state: Pick<StateReader, "storage">): L1Prices {
  const price = (slot: Uint8Array) => bytesToBigInt(state.storage(L1_BLOCK_ADDRESS, slot));
  return { baseFee: price(L1_PRICE_SLOTS.baseFee), blobBaseFee: price(L1_PRICE_SLOTS.blobBaseFee) };
}
