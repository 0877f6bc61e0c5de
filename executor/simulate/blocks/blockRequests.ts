import { createHash } from "node:crypto";
import { bytesEqual, hexToBytes, type Log } from "../../../protocol/index.ts";
import { blockFailed } from "./simulateErrors.ts";

/** EIP-7002 and 7251: type of the request, contract that hands them out, and geth's name of its queue. */
export const REQUEST_QUEUES = [
  { type: 1, address: hexToBytes("0x00000961ef480eb55e80d19ad83579a64c007002"), name: "withdrawal" },
  { type: 2, address: hexToBytes("0x0000bbddc7ce488642fb579f8b00f3a590007251"), name: "consolidation" },
] as const;

/** keccak-256 of `DepositEvent(bytes,bytes,bytes,bytes,bytes)`. */
const DEPOSIT = hexToBytes("0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5");
const DEPOSIT_TYPE = 0;
/** Length of the event's data; where its five values begin, and how long they are. */
const EVENT_LENGTH = 576;
const VALUES = [
  [192, 48],
  [288, 32],
  [352, 8],
  [416, 96],
  [544, 8],
] as const;

/** EIP-6110: the request of all deposits that these logs tell of; undefined when there is none. */
export function depositRequest(logs: readonly Log[], contract: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  for (const { address, topics, data } of logs) {
    const [topic] = topics;
    if (topic === undefined || !bytesEqual(topic, DEPOSIT) || !bytesEqual(address, contract)) continue;
    if (data.length !== EVENT_LENGTH) {
      throw blockFailed(
        "failed to parse deposit logs: unable to parse deposit data: " +
          `deposit wrong length: want ${EVENT_LENGTH}, have ${data.length}`,
      );
    }
    for (const [start, length] of VALUES) parts.push(data.subarray(start, start + length));
  }
  return parts.length === 0
    ? undefined
    : Uint8Array.from(Buffer.concat([Uint8Array.of(DEPOSIT_TYPE), ...parts]));
}

/** EIP-7685. */
export function requestsHash(requests: readonly Uint8Array[]): Uint8Array {
  const all = createHash("sha256");
  for (const request of requests) {
    if (request.length > 1) all.update(createHash("sha256").update(request).digest());
  }
  return new Uint8Array(all.digest());
}
