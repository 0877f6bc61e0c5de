/**
 * Bounds how many requests are in work at once and how many begin a second. What is spent beyond the bucket is a debt
 * that time pays back: so a batch costs what its members cost, and refusing takes the same few steps for any request.
 */
export class RequestBucket {
  readonly #perSecond: number;
  readonly #inWorkLimit: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;
  #inWork = 0;

  /** `perSecond` 0: no bound on the rate. `now` in milliseconds. */
  constructor(perSecond: number, inWorkLimit: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#inWorkLimit = inWorkLimit;
    this.#now = now;
    this.#tokens = perSecond;
    this.#filledAt = now();
  }

  get inWork(): number {
    return this.#inWork;
  }

  /** Takes the requests in, or says which bound refuses them. */
  enter(requests: number): "rate" | "inWork" | undefined {
    // A batch larger than the bound may run when nothing else does; it would never be taken otherwise.
    if (this.#inWork > 0 && this.#inWork + requests > this.#inWorkLimit) return "inWork";
    if (this.#perSecond > 0) {
      this.#fill();
      if (this.#tokens < 1) return "rate";
      this.#tokens -= requests;
    }
    this.#inWork += requests;
    return undefined;
  }

  leave(requests: number): void {
    this.#inWork -= requests;
  }

  /** True when a single request would be refused. Takes nothing. */
  refuses(): "rate" | "inWork" | undefined {
    if (this.#inWork >= this.#inWorkLimit) return "inWork";
    if (this.#perSecond === 0) return undefined;
    this.#fill();
    return this.#tokens < 1 ? "rate" : undefined;
  }

  #fill(): void {
    const now = this.#now();
    const earned = ((now - this.#filledAt) * this.#perSecond) / 1000;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + earned);
    this.#filledAt = now;
  }
}
