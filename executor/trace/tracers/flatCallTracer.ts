import { bytesToHex, EMPTY_BYTES } from "../../../protocol/index.ts";
import type { Tracer } from "../tracer.ts";
import { type CallFrame, CallTree } from "./callTracer.ts";

export interface FlatCallOptions {
  convertParityErrors: boolean;
  includePrecompiles: boolean;
  /** As Parity's `trace_` methods: gas without what the transaction costs by its form, `result` always there. */
  parity: boolean;
}

/** Which transaction the frames belong to; nothing for a call that is in no block. */
export interface TracePlace {
  blockHash: Uint8Array | undefined;
  blockNumber: number;
  transactionHash: Uint8Array | undefined;
  transactionIndex: number;
}

export interface FlatFrame {
  action: Record<string, string>;
  blockHash: string | null;
  blockNumber: number;
  error?: string;
  result?: Record<string, string> | null;
  subtraces: number;
  traceAddress: number[];
  transactionHash: string | null;
  transactionPosition: number;
  type: string;
}

const PARITY_ERRORS = new Map<string, string>([
  ["contract creation code storage out of gas", "Out of gas"],
  ["out of gas", "Out of gas"],
  ["gas uint64 overflow", "Out of gas"],
  ["max code size exceeded", "Out of gas"],
  ["invalid jump destination", "Bad jump destination"],
  ["execution reverted", "Reverted"],
  ["return data out of bounds", "Out of bounds"],
  ["stack limit reached 1024 (1023)", "Out of stack"],
  ["precompiled failed", "Built-in failed"],
  ["invalid input length", "Built-in failed"],
]);

const PARITY_PREFIXES: [prefix: string, error: string][] = [
  ["out of gas:", "Out of gas"],
  ["invalid opcode:", "Bad instruction"],
  ["stack underflow", "Stack underflow"],
];

/** go-ethereum's flatCallTracer: the frames in a row, as Parity's `trace_` methods have them. */
export function createFlatCallTracer(options: FlatCallOptions, place: TracePlace): Tracer {
  const tree = new CallTree({ onlyTopCall: false, withLog: false });
  let precompiles: ReadonlySet<string> = new Set();
  let frameGas = 0n;
  return {
    start(transaction) {
      precompiles = transaction.precompiles;
      tree.start(transaction.gasLimit);
    },
    enter(entry) {
      if (options.parity && entry.depth === 0) tree.start(entry.gas);
      tree.enter(entry.value === undefined ? { ...entry, value: 0n } : entry);
    },
    exit(exit) {
      tree.exit(exit);
      if (exit.depth === 0) frameGas = exit.gasUsed;
      if (exit.depth === 0 || options.includePrecompiles) return;
      const calls = tree.current?.calls;
      const last = calls?.at(-1);
      if (last === undefined || (last.type !== "CALL" && last.type !== "STATICCALL")) return;
      if (last.to !== undefined && precompiles.has(last.to.slice(2))) calls?.pop();
    },
    end: (gasUsed) => tree.end(options.parity ? frameGas : gasUsed),
    result() {
      const frames: FlatFrame[] = [];
      if (tree.root !== undefined) flatten(tree.root, [], options, place, frames);
      return frames;
    },
  };
}

function flatten(
  call: CallFrame,
  traceAddress: number[],
  options: FlatCallOptions,
  place: TracePlace,
  frames: FlatFrame[],
): void {
  const { error } = call;
  const result = error === undefined || error === "execution reverted" ? resultOf(call) : undefined;
  frames.push({
    action: actionOf(call),
    blockHash: place.blockHash === undefined ? null : bytesToHex(place.blockHash),
    blockNumber: place.blockNumber,
    ...(error === undefined ? {} : { error: options.convertParityErrors ? parityError(error) : error }),
    ...(result !== undefined ? { result } : options.parity ? { result: null } : {}),
    subtraces: call.calls.length,
    traceAddress,
    transactionHash: place.transactionHash === undefined ? null : bytesToHex(place.transactionHash),
    transactionPosition: place.transactionIndex,
    type: typeOf(call),
  });
  for (const [index, child] of call.calls.entries()) {
    flatten(child, [...traceAddress, index], options, place, frames);
  }
}

const isCreation = ({ type }: CallFrame) => type === "CREATE" || type === "CREATE2";
const hex = (value: bigint) => `0x${value.toString(16)}`;

function typeOf(call: CallFrame): string {
  if (isCreation(call)) return "create";
  return call.type === "SELFDESTRUCT" ? "suicide" : "call";
}

function actionOf(call: CallFrame): Record<string, string> {
  const { type, from, to, value = 0n, gas, input } = call;
  if (type === "SELFDESTRUCT") {
    return { address: from, balance: hex(value), ...(to === undefined ? {} : { refundAddress: to }) };
  }
  if (isCreation(call)) {
    return {
      creationMethod: type.toLowerCase(),
      from,
      gas: hex(gas),
      init: bytesToHex(input),
      value: hex(value),
    };
  }
  return {
    callType: type.toLowerCase(),
    from,
    gas: hex(gas),
    input: bytesToHex(input),
    ...(to === undefined ? {} : { to }),
    value: hex(value),
  };
}

function resultOf(call: CallFrame): Record<string, string> | undefined {
  const { type, to, gasUsed } = call;
  if (type === "SELFDESTRUCT") return undefined;
  const output = bytesToHex(call.output ?? EMPTY_BYTES);
  if (!isCreation(call)) return { gasUsed: hex(gasUsed), output };
  return { ...(to === undefined ? {} : { address: to }), code: output, gasUsed: hex(gasUsed) };
}

function parityError(error: string): string {
  const known = PARITY_ERRORS.get(error);
  if (known !== undefined) return known;
  return PARITY_PREFIXES.find(([prefix]) => error.startsWith(prefix))?.[1] ?? error;
}
