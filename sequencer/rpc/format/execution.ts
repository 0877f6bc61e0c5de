import type { ContendedLocation, Location } from "../../../executor/index.ts";
import { bytesToHex } from "../../../protocol/index.ts";
import { quantity } from "./quantity.ts";

/** `slot` is there for storage alone. */
export function formatLocation({ address, field, slot }: Location) {
  return {
    address: bytesToHex(address),
    field,
    ...(slot === undefined ? {} : { slot: bytesToHex(slot) }),
  };
}

export function formatContended({ location, transactions, writers, reExecuted }: ContendedLocation) {
  return {
    ...formatLocation(location),
    transactions: quantity(transactions),
    writers: quantity(writers),
    reExecuted: quantity(reExecuted),
  };
}
