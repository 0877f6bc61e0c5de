import { bigIntToBytes, EMPTY_BYTES, hexToBytes, padTo32 } from "../../../protocol/index.ts";
import type { TimeLimit } from "../../readers/timeLimit.ts";
import { TraceBudget } from "../../trace/traceBudget.ts";
import type { FrameEntry, FrameExit, TracedLog, Tracer } from "../../trace/tracer.ts";
import { answerTooLarge } from "./simulateErrors.ts";
import type { SimulatedLog } from "./types.ts";

/** keccak-256 of `Transfer(address,address,uint256)`. */
const TRANSFER = hexToBytes("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
/** ERC-7528: ether as a token. */
const ETHER = hexToBytes("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
/** Calls that hand a value on without moving it to the callee. */
const MOVE_NOTHING: readonly string[] = ["DELEGATECALL", "CALLCODE"];

/** Only what stays in the answer counts, not what was watched. */
export class AnswerBudget extends TraceBudget {
  readonly limit: TimeLimit;
  private readonly most: number;
  private taken = 0;

  constructor(limit: TimeLimit, maxBytes: number) {
    super(limit, Number.POSITIVE_INFINITY, maxBytes);
    this.limit = limit;
    this.most = maxBytes;
  }

  override spend(): void {
    // Frames and logs that end in nothing are bounded by their gas.
  }

  take(bytes: number): void {
    this.taken += bytes;
    if (this.taken > this.most) throw answerTooLarge(this.most);
  }
}

export interface WatchedLog extends SimulatedLog {
  isTransfer: boolean;
}

/** Numbers a block's logs, those of failed frames included: what a later log is called depends on them. */
export interface LogCounter {
  next: number;
}

/** What a call logs, as geth's simulation gathers it. */
export class CallWatcher implements Tracer {
  output: Uint8Array = EMPTY_BYTES;
  /** geth's wording; undefined after success. */
  error: string | undefined;
  private readonly frames: WatchedLog[][] = [];
  private readonly counter: LogCounter;
  private readonly transfers: boolean;

  constructor(counter: LogCounter, traceTransfers: boolean) {
    this.counter = counter;
    this.transfers = traceTransfers;
  }

  /** Of the call that ended. */
  get logs(): WatchedLog[] {
    return this.frames[0] ?? [];
  }

  enter({ type, from, to, value = 0n }: FrameEntry): void {
    this.frames.push([]);
    if (!this.transfers || value === 0n || MOVE_NOTHING.includes(type)) return;
    const topics = [TRANSFER, padTo32(from), padTo32(to)];
    this.note({ address: ETHER, topics, data: padTo32(bigIntToBytes(value)) }, true);
  }

  log({ address, topics, data }: TracedLog): void {
    this.note({ address: Uint8Array.from(address), topics, data: Uint8Array.from(data) }, false);
  }

  exit({ depth, output, error }: FrameExit): void {
    if (depth === 0) {
      this.output = output;
      this.error = error;
      if (error !== undefined) this.frames[0] = [];
      return;
    }
    const ended = this.frames.pop() ?? [];
    if (error === undefined) this.frames.at(-1)?.push(...ended);
  }

  result(): undefined {
    return undefined;
  }

  private note(log: SimulatedLog["log"], isTransfer: boolean): void {
    this.frames.at(-1)?.push({ log, index: this.counter.next++, isTransfer });
  }
}
