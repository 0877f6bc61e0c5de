import { bytesToHex } from "../../../protocol/index.ts";
import { revertReason } from "../../simulate/errors.ts";
import type { FrameEntry, FrameExit, FrameType, TracedLog, Tracer } from "../tracer.ts";

export interface CallTracerOptions {
  onlyTopCall: boolean;
  withLog: boolean;
}

interface CallLog {
  address: string;
  topics: string[];
  data: string;
  index: string;
  /** How many calls the frame had made before it. */
  position: string;
}

/** A frame with all below it; amounts still as numbers. */
export interface CallFrame {
  type: FrameType;
  from: string;
  to: string | undefined;
  gas: bigint;
  gasUsed: bigint;
  input: Uint8Array;
  output: Uint8Array | undefined;
  error: string | undefined;
  revertReason: string | undefined;
  calls: CallFrame[];
  logs: CallLog[];
  value: bigint | undefined;
}

/** Builds the tree of frames; what a tracer then makes of it is its own matter. */
export class CallTree {
  private readonly options: CallTracerOptions;
  private readonly open: CallFrame[] = [];
  private gasLimit = 0n;
  private depth = 0;

  constructor(options: CallTracerOptions) {
    this.options = options;
  }

  get root(): CallFrame | undefined {
    return this.open[0];
  }

  /** The frame that runs now. */
  get current(): CallFrame | undefined {
    return this.open.at(-1);
  }

  start(gasLimit: bigint): void {
    this.gasLimit = gasLimit;
  }

  enter(entry: FrameEntry): void {
    this.depth = entry.depth;
    if (this.options.onlyTopCall && entry.depth > 0) return;
    this.open.push({
      type: entry.type,
      from: bytesToHex(entry.from),
      to: bytesToHex(entry.to),
      gas: entry.depth === 0 ? this.gasLimit : entry.gas,
      gasUsed: 0n,
      input: entry.input.slice(),
      output: undefined,
      error: undefined,
      revertReason: undefined,
      calls: [],
      logs: [],
      value: entry.value,
    });
  }

  exit(frame: FrameExit): void {
    if (frame.depth === 0) {
      if (this.root !== undefined) finish(this.root, frame);
      return;
    }
    this.depth = frame.depth - 1;
    if (this.options.onlyTopCall || this.open.length <= 1) return;
    const call = this.open.pop();
    if (call === undefined) return;
    call.gasUsed = frame.gasUsed;
    finish(call, frame);
    this.current?.calls.push(call);
  }

  log({ address, topics, data, index }: TracedLog): void {
    if (!this.options.withLog || (this.options.onlyTopCall && this.depth > 0)) return;
    const { current } = this;
    current?.logs.push({
      address: bytesToHex(address),
      topics: topics.map(bytesToHex),
      data: bytesToHex(data),
      index: `0x${index.toString(16)}`,
      position: `0x${current.calls.length.toString(16)}`,
    });
  }

  end(gasUsed: bigint): void {
    const { root } = this;
    if (root === undefined) return;
    root.gasUsed = gasUsed;
    if (this.options.withLog) clearFailedLogs(root, false);
  }
}

function finish(frame: CallFrame, { output, error }: FrameExit): void {
  if (error === undefined) {
    frame.output = output.slice();
    return;
  }
  frame.error = error;
  if (frame.type === "CREATE" || frame.type === "CREATE2") frame.to = undefined;
  if (error !== "execution reverted" || output.length === 0) return;
  frame.output = output.slice();
  frame.revertReason = revertReason(output);
}

function clearFailedLogs(frame: CallFrame, parentFailed: boolean): void {
  const failed = parentFailed || frame.error !== undefined;
  if (failed) frame.logs = [];
  for (const call of frame.calls) clearFailedLogs(call, failed);
}

/** go-ethereum's callTracer: the calls of a transaction, nested. */
export function createCallTracer(options: CallTracerOptions): Tracer {
  const tree = new CallTree(options);
  return {
    start: ({ gasLimit }) => tree.start(gasLimit),
    enter: (entry) => tree.enter(entry),
    exit: (exit) => tree.exit(exit),
    ...(options.withLog ? { log: (log: TracedLog) => tree.log(log) } : {}),
    end: (gasUsed) => tree.end(gasUsed),
    result: () => (tree.root === undefined ? undefined : toJson(tree.root)),
  };
}

function toJson(frame: CallFrame): Record<string, unknown> {
  const { from, to, gas, gasUsed, input, output, error, revertReason: reason, calls, logs, value } = frame;
  const json: Record<string, unknown> = {
    from,
    gas: `0x${gas.toString(16)}`,
    gasUsed: `0x${gasUsed.toString(16)}`,
  };
  if (to !== undefined) json["to"] = to;
  json["input"] = bytesToHex(input);
  if (output !== undefined && output.length > 0) json["output"] = bytesToHex(output);
  if (error !== undefined) json["error"] = error;
  if (reason !== undefined && reason !== "") json["revertReason"] = reason;
  if (calls.length > 0) json["calls"] = calls.map(toJson);
  if (logs.length > 0) json["logs"] = logs;
  if (value !== undefined) json["value"] = `0x${value.toString(16)}`;
  json["type"] = frame.type;
  return json;
}
