/** What the age rule decides on; all in milliseconds of one monotonic clock. */
export interface SealingClock {
  now: number;
  /** When the last block was sealed. */
  lastSealedAt: number;
  /** Whether a transaction is executable. */
  hasWork: boolean;
}

/**
 * When the next block is due. Work is sealed at once, but never sooner than one interval after the last block; an
 * idle chain makes an empty heartbeat block.
 *
 * @returns milliseconds to wait, 0 when the block is due now.
 */
export function ageRule(intervalMs: number, heartbeatMs: number): (clock: SealingClock) => number {
  return ({ now, lastSealedAt, hasWork }) =>
    Math.max(0, lastSealedAt + (hasWork ? intervalMs : heartbeatMs) - now);
}
