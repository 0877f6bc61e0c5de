import { SIMULATE_CODES, simulationRefused } from "./simulateErrors.ts";
import type { PlannedBlock, SimulatedBlockRequest } from "./types.ts";

/** Blocks that one request may span, the empty ones in gaps included. */
const MAX_BLOCKS = 256;
const MAX_CALLS_A_BLOCK = 5_000;
const MAX_CALLS = 10_000;
/** Seconds between blocks that do not say when they are. */
const INTERVAL = 12;

/**
 * Gives each block its number and time; where numbers are left out between two of them, empty blocks stand. Throws what
 * geth says of blocks that are out of order or too many.
 */
export function planBlocks(
  base: { number: number; timestamp: number },
  requests: readonly SimulatedBlockRequest[],
): PlannedBlock[] {
  checkCounts(requests);
  const planned: PlannedBlock[] = [];
  let { number: last, timestamp: time } = base;
  for (const request of requests) {
    const number = request.overrides.number ?? last + 1;
    if (number <= last) {
      throw simulationRefused(
        SIMULATE_CODES.blockNumber,
        `block numbers must be in order: ${number} <= ${last}`,
      );
    }
    if (number - base.number > MAX_BLOCKS) throw tooMany("too many blocks");
    while (last + 1 < number) {
      last++;
      time += INTERVAL;
      planned.push({ overrides: {}, stateOverrides: [], calls: [], number: last, timestamp: time });
    }
    const timestamp = request.overrides.time ?? time + INTERVAL;
    if (timestamp <= time) {
      throw simulationRefused(
        SIMULATE_CODES.blockTimestamp,
        `block timestamps must be in order: ${timestamp} <= ${time}`,
      );
    }
    last = number;
    time = timestamp;
    planned.push({ ...request, number, timestamp });
  }
  return planned;
}

function checkCounts(requests: readonly SimulatedBlockRequest[]): void {
  if (requests.length === 0) throw simulationRefused(SIMULATE_CODES.invalidParams, "empty input");
  if (requests.length > MAX_BLOCKS) throw tooMany("too many blocks");
  let total = 0;
  for (const { calls } of requests) {
    if (calls.length > MAX_CALLS_A_BLOCK) {
      throw tooMany(`too many calls in block: ${calls.length} > ${MAX_CALLS_A_BLOCK}`);
    }
    total += calls.length;
    if (total > MAX_CALLS) throw tooMany(`too many calls: ${total} > ${MAX_CALLS}`);
  }
}

function tooMany(message: string) {
  return simulationRefused(SIMULATE_CODES.clientLimit, message);
}
