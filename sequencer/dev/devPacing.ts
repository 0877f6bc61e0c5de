import type { BlockHeader, BlockInput } from "../../protocol/index.ts";
import type { Pacing } from "../block-builder/blockBuilder.ts";
import { gasRule } from "../block-builder/sealing/gasRule.ts";
import type { SealingRule } from "../block-builder/sealing/sealingRule.ts";
import { DevError } from "./devError.ts";

/** When blocks are made: when there is work, at a fixed interval, or only when asked for. */
export type MiningMode = { kind: "auto" } | { kind: "interval"; seconds: number } | { kind: "manual" };

/** What blocks shall have instead of what the chain's rules give. */
export interface BlockOverrides {
  /** Of the next block alone. */
  baseFeePerGas?: bigint;
  prevRandao?: Uint8Array;
  /** From the next block on. */
  gasLimit?: bigint;
  coinbase?: Uint8Array;
}

export interface DevPacingOptions {
  /** At most one block in so many milliseconds, when mining by itself. */
  blockIntervalMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * Time, pace and environment of a development chain's blocks. Time is the machine's plus an offset, as in Anvil; it
 * never runs backwards from one block to the next. Lives as long as the process: after a restart the clock goes on
 * from the head, everything else is as at the first start.
 */
export class DevPacing implements Pacing {
  readonly #options: DevPacingOptions;
  readonly #waiting = new Set<() => void>();
  #mode: MiningMode = { kind: "auto" };
  #offset = 0;
  #nextTimestamp: number | undefined;
  #timestampInterval: number | undefined;
  #overrides: BlockOverrides = {};

  constructor(options: DevPacingOptions, head: Pick<BlockHeader, "timestamp">) {
    this.#options = options;
    this.restart(head);
  }

  readonly untilDue: Pacing["untilDue"] = ({ now, lastSealedAt, hasWork }) => {
    if (this.#mode.kind === "interval") return Math.max(0, lastSealedAt + this.#mode.seconds * 1000 - now);
    if (this.#mode.kind === "manual" || !hasWork) return Number.POSITIVE_INFINITY;
    return Math.max(0, lastSealedAt + this.#options.blockIntervalMs - now);
  };

  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      if (signal.aborted) return done();
      this.#waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  adjust(input: BlockInput, parent: Pick<BlockHeader, "timestamp">): BlockInput {
    const { baseFeePerGas, prevRandao } = this.#overrides;
    return {
      ...this.lasting(input),
      timestamp: Math.max(parent.timestamp, this.#dueTimestamp(parent)),
      baseFeePerGas: baseFeePerGas ?? input.baseFeePerGas,
      prevRandao: prevRandao ?? input.prevRandao,
    };
  }

  /** Only what holds for every block: the environment of a block that must not use up what is set for the next. */
  lasting(input: BlockInput): BlockInput {
    const { gasLimit, coinbase } = this.#overrides;
    return { ...input, gasLimit: gasLimit ?? input.gasLimit, coinbase: coinbase ?? input.coinbase };
  }

  /** As gasRule, with the limit that holds at the time. */
  gasRule(gasLimit: bigint): SealingRule {
    return {
      name: "gas",
      admits: (block, transaction) =>
        gasRule(this.#overrides.gasLimit ?? gasLimit).admits(block, transaction),
    };
  }

  sealed(header: Pick<BlockHeader, "timestamp">): void {
    if (this.#nextTimestamp !== undefined) this.#offset = header.timestamp - this.#machineTime();
    this.#nextTimestamp = undefined;
    this.#forgetNext();
  }

  get mode(): MiningMode {
    return this.#mode;
  }

  setMode(mode: MiningMode): void {
    this.#mode = mode;
    for (const wake of [...this.#waiting]) wake();
  }

  override(overrides: BlockOverrides): void {
    this.#overrides = { ...this.#overrides, ...overrides };
  }

  /** Seconds since the epoch, as the chain's clock has it. */
  time(): number {
    return this.#machineTime() + this.#offset;
  }

  /** Returns all that the clock is ahead of the machine's, in seconds. */
  increaseTime(seconds: number): number {
    this.#offset += seconds;
    return this.#offset;
  }

  /** Returns how far the clock jumped ahead, in seconds; 0 when it went back. */
  setTime(timestamp: number): number {
    const ahead = Math.max(0, timestamp - this.time());
    this.#offset = timestamp - this.#machineTime();
    this.#nextTimestamp = undefined;
    return ahead;
  }

  setNextTimestamp(timestamp: number, parent: Pick<BlockHeader, "timestamp">): void {
    if (timestamp < parent.timestamp) {
      throw new DevError(`Timestamp error: ${timestamp} is lower than previous block's timestamp`);
    }
    this.#nextTimestamp = timestamp;
  }

  /** Undefined ends it; returns whether there was one. */
  setTimestampInterval(seconds: number | undefined): boolean {
    const before = this.#timestampInterval;
    this.#timestampInterval = seconds;
    return before !== undefined;
  }

  /** The clock shows the machine's time, or the head's when that is later. */
  resumeFrom(head: Pick<BlockHeader, "timestamp">): void {
    this.#offset = Math.max(0, head.timestamp - this.#machineTime());
    this.#nextTimestamp = undefined;
  }

  /** Time as at the start of the process; mode, gas limit and coinbase stay, as in Anvil. */
  restart(head: Pick<BlockHeader, "timestamp">): void {
    this.resumeFrom(head);
    this.#timestampInterval = undefined;
    this.#forgetNext();
  }

  #forgetNext(): void {
    const { baseFeePerGas: _, prevRandao: __, ...lasting } = this.#overrides;
    this.#overrides = lasting;
  }

  #dueTimestamp(parent: Pick<BlockHeader, "timestamp">): number {
    if (this.#nextTimestamp !== undefined) return this.#nextTimestamp;
    return this.#timestampInterval === undefined ? this.time() : parent.timestamp + this.#timestampInterval;
  }

  #machineTime(): number {
    return Math.floor(this.#options.now() / 1000);
  }
}
