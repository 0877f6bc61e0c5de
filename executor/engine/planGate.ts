/** At most so many blocks in a row run without a plan. */
const MOST_SKIPPED = 7;

/**
 * Saves plans that would find nothing to share out: one hot pool stays one hot pool for a while, and finding that out
 * again costs a tenth of running it. After one such block the next is not planned, after two in a row the next three,
 * after three the next seven.
 */
export class PlanGate {
  private inRow = 0;
  private toSkip = 0;

  /** Asked once for each block that is large enough for lanes. */
  opens(): boolean {
    if (this.toSkip === 0) return true;
    this.toSkip--;
    return false;
  }

  note(worthwhile: boolean): void {
    this.inRow = worthwhile ? 0 : this.inRow + 1;
    this.toSkip = Math.min(MOST_SKIPPED, 2 ** this.inRow - 1);
  }
}
