import { EVMError, type EVMResult } from "@ethereumjs/evm";
import { gethWording } from "../simulate/gethWording.ts";
import type { TraceBudget } from "./traceBudget.ts";
import type { FrameEntry, Tracer } from "./tracer.ts";

/**
 * The thread between an EVM and the tracer that watches it, for one transaction: events in geth's order and words.
 *
 * A log's index counts the logs of the block; logs of frames that fail count no more.
 */
export class Tracing {
  readonly tracer: Tracer;
  readonly budget: TraceBudget;
  /** What set-code authorizations gave back before the first frame. */
  refundBefore = 0n;
  private readonly words = new WeakMap<EVMError, string>();
  private readonly logIndexes: number[] = [];
  private nextLogIndex: number;
  private lastResult: EVMResult | undefined;

  constructor(tracer: Tracer, budget: TraceBudget, nextLogIndex: number) {
    this.tracer = tracer;
    this.budget = budget;
    this.nextLogIndex = nextLogIndex;
  }

  /** The next block-wide log index. */
  get logCount(): number {
    return this.nextLogIndex;
  }

  /** An error for the EVM that carries geth's words. */
  failure(kind: EVMError["error"], words: string): EVMError {
    const error = new EVMError(kind);
    this.words.set(error, words);
    return error;
  }

  describe(error: EVMError, words: string): void {
    if (!this.words.has(error)) this.words.set(error, words);
  }

  wordsOf(error: EVMError): string {
    if (error.error === EVMError.errorMessages.REVERT) return "execution reverted";
    return this.words.get(error) ?? gethWording(error.error);
  }

  log(address: Uint8Array, topics: Uint8Array[], data: Uint8Array): void {
    const index = this.nextLogIndex++;
    if (this.tracer.log === undefined) return;
    this.budget.spend(150 + 70 * topics.length + 2 * data.length);
    this.tracer.log({ address, topics, data, index });
  }

  /** What the message that ended last gave; the frame that asked for it takes it. */
  noteResult(result: EVMResult): void {
    this.lastResult = result;
  }

  enter(frame: FrameEntry): void {
    this.lastResult = undefined;
    this.logIndexes.push(this.nextLogIndex);
    if (this.tracer.enter === undefined) return;
    this.budget.spend(250 + 2 * frame.input.length);
    this.tracer.enter(frame);
  }

  /** `refused`: geth's words when the frame never began. */
  exit(depth: number, refused: string): void {
    const result = this.lastResult;
    this.lastResult = undefined;
    const before = this.logIndexes.pop() ?? 0;
    const error = result?.execResult.exceptionError;
    const words = result === undefined ? refused : error === undefined ? undefined : this.wordsOf(error);
    if (words !== undefined) this.nextLogIndex = before;
    if (this.tracer.exit === undefined) return;
    const output = result?.execResult.returnValue ?? new Uint8Array(0);
    this.budget.spend(2 * output.length);
    this.tracer.exit({
      depth,
      output,
      gasUsed: result?.execResult.executionGasUsed ?? 0n,
      error: words,
    });
  }
}
