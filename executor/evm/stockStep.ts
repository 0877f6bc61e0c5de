import type { StateManagerInterface } from "@ethereumjs/common";
import { createEVM, type EVM, EVMError, type EVMOpts } from "@ethereumjs/evm";
import { Account } from "@ethereumjs/util";
import { InvariantError } from "../../protocol/index.ts";
import { reachesTarget } from "./calls.ts";
import type { Frame } from "./frame.ts";
import { memoryOver } from "./frameMemory.ts";
import { wordToAddress } from "./words.ts";

type OpHandler = Extract<
  NonNullable<EVMOpts["customOpcodes"]>[number],
  { logicFunction: unknown }
>["logicFunction"];
type RunState = Parameters<OpHandler>[0];
type Env = RunState["env"];
type Interpreter = RunState["interpreter"];

/** The stack with the two fields that its own methods work on. */
type LentRunState = Omit<RunState, "stack"> & { readonly stack: { _store: bigint[]; _len: number } };

/** EthereumJS's interpreter of one frame, with the state that its steps work on in reach. */
export interface StockInterpreter {
  readonly _runState: LentRunState;
  _result: Interpreter["_result"];
  runStep(): Promise<void>;
}

export type StockInterpreterClass = new (
  evm: EVM,
  stateManager: StateManagerInterface,
  blockchain: EVM["blockchain"],
  env: Env,
  gasLeft: bigint,
  journal: EVM["journal"],
  performanceLogger: unknown,
) => StockInterpreter;

/** The instructions that look at the running account itself. */
const USES_ACCOUNT = new Set([0x31, 0x47, 0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa, 0xff]);

const SSTORE = 0x55;
const CALL = 0xf1;
const SELFDESTRUCT = 0xff;
/** How many operands they take. */
const STATE_OPERANDS: ReadonlyMap<number, number> = new Map([
  [SSTORE, 2],
  [CALL, 7],
  [0xf2, 7],
  [0xf4, 6],
  [0xfa, 6],
  [SELFDESTRUCT, 1],
]);

/** A code that no fork has. */
const PROBE = 0x21;

let known: Promise<StockInterpreterClass> | undefined;

/** The class is not exported by its package; a custom instruction meets an instance of it. */
export function stockInterpreterClass(): Promise<StockInterpreterClass> {
  known ??= findInterpreterClass();
  return known;
}

async function findInterpreterClass(): Promise<StockInterpreterClass> {
  let found: unknown;
  const logicFunction: OpHandler = (runState) => {
    found = runState.interpreter.constructor;
  };
  const probe = await createEVM({
    customOpcodes: [{ opcode: PROBE, opcodeName: "PROBE", baseFee: 0, logicFunction }],
  });
  await probe.runCode({ code: Uint8Array.of(PROBE), gasLimit: 1n });
  if (!isInterpreterClass(found)) throw new InvariantError("EthereumJS's interpreter was not found");
  return found;
}

function isInterpreterClass(value: unknown): value is StockInterpreterClass {
  return typeof value === "function" && typeof value.prototype === "object" && "runStep" in value.prototype;
}

/**
 * Does the instruction at the program counter as EthereumJS does it: the rare ones, and every one that fails. The
 * frame's stack, memory and result are lent to the stock interpreter and its counters taken back.
 */
export async function stockStep(
  frame: Frame,
  evm: EVM,
  create: (env: Env, gas: bigint) => StockInterpreter,
): Promise<void> {
  const opcode = frame.code[frame.pc] ?? 0;
  if (!reachesState(frame, evm, opcode)) {
    frame.halted = true;
    frame.error = new EVMError(EVMError.errorMessages.OUT_OF_GAS);
    return;
  }
  frame.stock ??= create(environmentOf(frame), BigInt(frame.gas));
  const { stock } = frame;
  const { _runState: run } = stock;
  const { height } = frame;
  lend(frame, stock, opcode);
  if (USES_ACCOUNT.has(opcode)) {
    run.env.contract = (await evm.stateManager.getAccount(frame.address)) ?? new Account();
  }
  try {
    await stock.runStep();
  } catch (error) {
    if (!(error instanceof EVMError)) throw error;
    frame.halted = true;
    if (error.error !== EVMError.errorMessages.STOP) {
      frame.error = error;
      frame.fault = { opcode, height };
    }
  }
  takeBack(frame, run);
}

/**
 * The stock gas functions look at the state before they find that the gas does not even cover looking; then nothing
 * was accessed (EIP-7928), and no such look may be recorded. False: the instruction runs out of gas without one.
 */
function reachesState(frame: Frame, evm: EVM, opcode: number): boolean {
  const { rules, state, journal } = frame.context;
  const operands = STATE_OPERANDS.get(opcode);
  if (operands === undefined || frame.height < operands || !rules.berlin || state === undefined) return true;
  const { isStatic } = frame.message;
  if (opcode === SSTORE) return isStatic || rules.sstore === undefined || frame.gas > rules.sstore.sentry;
  if (opcode !== SELFDESTRUCT) {
    const sendsInStatic = opcode === CALL && isStatic && frame.stack[frame.height - 3] !== 0n;
    return sendsInStatic || reachesTarget(frame, opcode);
  }
  const warm = journal.isWarmedAddress(wordToAddress(frame.stack[frame.height - 1] ?? 0n).bytes);
  const fee = (evm.opcodes.get(SELFDESTRUCT)?.fee ?? 0) + (warm ? 0 : rules.coldAccount);
  return isStatic || frame.gas >= fee;
}

function lend(frame: Frame, stock: StockInterpreter, opcode: number): void {
  const { _runState: run } = stock;
  stock._result = frame.result;
  run.programCounter = frame.pc;
  run.opCode = opcode;
  run.gasLeft = BigInt(frame.gas);
  run.gasRefund = BigInt(frame.refund);
  run.stack._store = frame.stack;
  run.stack._len = frame.height;
  run.memory._store = frame.memory.bytes;
  run.memoryWordCount = BigInt(frame.size / 32);
  run.highestMemCost = BigInt(frame.memoryFee);
  run.returnBytes = frame.returnData;
}

function takeBack(frame: Frame, run: LentRunState): void {
  frame.pc = run.programCounter;
  frame.gas = Number(run.gasLeft);
  frame.refund = Number(run.gasRefund);
  frame.height = run.stack._len;
  frame.returnData = run.returnBytes;
  if (run.memory._store !== frame.memory.bytes) frame.memory = memoryOver(run.memory._store);
  if (frame.halted && frame.error !== undefined) return;
  frame.expand(Number(run.memoryWordCount) * 32);
}

function environmentOf(frame: Frame): Env {
  const { context, message } = frame;
  const env: Env = {
    address: frame.address,
    caller: message.caller,
    callData: message.data,
    callValue: message.value,
    code: frame.code,
    isStatic: message.isStatic,
    isCreate: message.isCreate ?? false,
    depth: message.depth,
    gasPrice: context.gasPrice,
    origin: context.origin,
    block: { header: context.header },
    contract: new Account(),
    codeAddress: message.codeAddress,
    gasRefund: message.gasRefund,
    blobVersionedHashes: message.blobVersionedHashes ?? [],
  };
  if (message.createdAddresses !== undefined) env.createdAddresses = message.createdAddresses;
  return env;
}
