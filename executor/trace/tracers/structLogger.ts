import { bytesToHex, EMPTY_BYTES } from "../../../protocol/index.ts";
import { OP, opcodeName } from "../opcodes.ts";
import type { TraceBudget } from "../traceBudget.ts";
import type { LiveState, Step, Tracer } from "../tracer.ts";

/** Options of the struct logger, as they stand in the trace's configuration itself. */
export interface StructLogOptions {
  enableMemory: boolean;
  disableStack: boolean;
  disableStorage: boolean;
  enableReturnData: boolean;
  /** Bytes of the logs as JSON after which no more are taken; 0: no bound of the caller's. */
  limit: number;
}

interface StructLog {
  pc: number;
  op: string;
  gas: number;
  gasCost: number;
  depth: number;
  error?: string;
  stack?: string[];
  returnData?: string;
  memory?: string[];
  storage?: Record<string, string>;
  refund?: number;
}

const WORD = 32;

/** go-ethereum's struct logger: every instruction with the machine's state before it. */
export function createStructLogger(options: StructLogOptions, budget: TraceBudget): Tracer {
  const logs: StructLog[] = [];
  const touched = new Map<string, Map<string, string>>();
  let state: LiveState | undefined;
  let bytes = 0;
  let output: Uint8Array = EMPTY_BYTES;
  let error: string | undefined;
  let gas = 0n;
  return {
    start(transaction) {
      state = transaction.state;
    },
    step(step) {
      if (options.limit !== 0 && bytes > options.limit) return;
      const log = structLog(step, options, storageOf(step, options, touched, state));
      const size = sizeOf(log);
      bytes += size;
      budget.spend(size);
      logs.push(log);
    },
    exit(frame) {
      if (frame.depth !== 0) return;
      output = frame.output;
      error = frame.error;
    },
    end(gasUsed) {
      gas = gasUsed;
    },
    result() {
      const returned = error === undefined || error === "execution reverted" ? output : EMPTY_BYTES;
      return {
        gas: Number(gas),
        failed: error !== undefined,
        returnValue: bytesToHex(returned),
        structLogs: logs,
      };
    },
  };
}

function structLog(
  step: Step,
  options: StructLogOptions,
  storage: Record<string, string> | undefined,
): StructLog {
  const log: StructLog = {
    pc: step.pc,
    op: opcodeName(step.op),
    gas: Number(step.gas),
    gasCost: Number(step.cost),
    depth: step.depth,
  };
  if (step.error !== undefined) log.error = step.error;
  if (!options.disableStack) log.stack = stackOf(step);
  if (options.enableReturnData && step.returnData.length > 0) log.returnData = bytesToHex(step.returnData);
  if (options.enableMemory && step.memorySize > 0) log.memory = memoryOf(step);
  if (storage !== undefined) log.storage = storage;
  if (step.refund > 0n) log.refund = Number(step.refund);
  return log;
}

function stackOf({ stack, stackLength }: Step): string[] {
  const words: string[] = new Array(stackLength);
  for (let i = 0; i < stackLength; i++) words[i] = `0x${(stack[i] ?? 0n).toString(16)}`;
  return words;
}

function memoryOf({ memory, memorySize }: Step): string[] {
  const words: string[] = [];
  for (let at = 0; at < memorySize; at += WORD) {
    const word = memory.subarray(at, at + WORD);
    words.push(bytesToHex(word).padEnd(2 + 2 * WORD, "0"));
  }
  return words;
}

/** The slots of the contract that SLOAD and SSTORE have met so far, this one included. */
function storageOf(
  step: Step,
  options: StructLogOptions,
  touched: Map<string, Map<string, string>>,
  state: LiveState | undefined,
): Record<string, string> | undefined {
  const { op, stack, stackLength } = step;
  if (options.disableStorage || (op !== OP.SLOAD && op !== OP.SSTORE)) return undefined;
  const contract = bytesToHex(step.address);
  let slots = touched.get(contract);
  if (slots === undefined) {
    slots = new Map();
    touched.set(contract, slots);
  }
  if (stackLength < (op === OP.SLOAD ? 1 : 2)) return undefined;
  const slot = word(stack[stackLength - 1] ?? 0n);
  if (op === OP.SSTORE) slots.set(slot, word(stack[stackLength - 2] ?? 0n));
  else {
    const value = state?.storage(step.address, Buffer.from(slot.slice(2), "hex")) ?? EMPTY_BYTES;
    slots.set(
      slot,
      `0x${bytesToHex(value)
        .slice(2)
        .padStart(2 * WORD, "0")}`,
    );
  }
  return Object.fromEntries([...slots].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function word(value: bigint): string {
  return `0x${value.toString(16).padStart(2 * WORD, "0")}`;
}

/** About its length as JSON. */
function sizeOf(log: StructLog): number {
  let bytes = 80 + log.op.length;
  if (log.stack !== undefined) for (const item of log.stack) bytes += item.length + 3;
  if (log.memory !== undefined) bytes += 12 + 69 * log.memory.length;
  if (log.storage !== undefined) bytes += 13 + 138 * Object.keys(log.storage).length;
  if (log.returnData !== undefined) bytes += 16 + log.returnData.length;
  return bytes;
}
