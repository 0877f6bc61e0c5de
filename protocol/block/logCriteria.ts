import { bytesEqual } from "../bytes.ts";
import type { Log } from "./block.ts";

/** Which logs are wanted. */
export interface LogCriteria {
  /** Any of these; empty = all. 20 bytes each. */
  addresses: Uint8Array[];
  /** By position: any of these 32-byte values; empty = wildcard. */
  topics: Uint8Array[][];
}

/** As in geth, a log matches only when it has at least as many topics as there are positions, wildcards too. */
export function matchesLog(log: Log, { addresses, topics }: LogCriteria): boolean {
  if (addresses.length > 0 && !addresses.some((address) => bytesEqual(address, log.address))) return false;
  if (topics.length > log.topics.length) return false;
  return topics.every((wanted, position) => {
    const topic = log.topics[position];
    return wanted.length === 0 || (topic !== undefined && wanted.some((one) => bytesEqual(one, topic)));
  });
}
