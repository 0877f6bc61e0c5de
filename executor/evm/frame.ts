import type { EVM, EVMError, Log, Message, SelfdestructMap } from "@ethereumjs/evm";
import type { Address } from "@ethereumjs/util";
import { EMPTY_BYTES } from "../../protocol/index.ts";
import type { ForkRules } from "./forkRules.ts";
import { type FrameMemory, grownMemory, returnMemory, takeMemory } from "./frameMemory.ts";
import { type Program, programOf } from "./program.ts";
import type { StockInterpreter } from "./stockStep.ts";
import type { SyncState } from "./syncState.ts";

export type Header = NonNullable<Parameters<EVM["runCall"]>[0]["block"]>["header"];

/** What all frames of one transaction share. */
export interface FrameContext {
  readonly rules: ForkRules;
  readonly state: SyncState | undefined;
  readonly journal: EVM["journal"];
  readonly transientStorage: EVM["transientStorage"];
  readonly header: Header;
  readonly gasPrice: bigint;
  readonly origin: Address;
}

export interface Fault {
  readonly opcode: number;
  readonly height: number;
}

/** What a frame leaves; also what the stock steps write to, hence the shape. */
export interface FrameResult {
  logs: Log[];
  returnValue?: Uint8Array;
  selfdestruct: SelfdestructMap;
  createdAddresses?: NonNullable<Message["createdAddresses"]>;
}

const STACK_SIZE = 1024;
const KEPT_STACKS = 64;
const stacks: bigint[][] = [];

/**
 * One running call or creation. Between instructions this is the whole truth about it; the loop keeps copies of the
 * counters while it runs and puts them back before it leaves.
 */
export class Frame {
  readonly context: FrameContext;
  readonly message: Message;
  readonly address: Address;
  readonly code: Uint8Array;
  readonly program: Program;
  readonly stack: bigint[];
  readonly result: FrameResult;
  memory: FrameMemory;
  /** Bytes of memory paid for, a multiple of 32, and what was paid for them. */
  size = 0;
  memoryFee = 0;
  pc = 0;
  height = 0;
  gas: number;
  /** Gas of the frame that the loop does not get yet. */
  reserve = 0;
  refund: number;
  returnData: Uint8Array = EMPTY_BYTES;
  halted = false;
  error: EVMError | undefined;
  /** The instruction that failed, and how high the stack was before it. */
  fault: Fault | undefined;
  stock: StockInterpreter | undefined;

  constructor(context: FrameContext, message: Message, address: Address, code: Uint8Array) {
    this.context = context;
    this.message = message;
    this.address = address;
    this.code = code;
    this.program = programOf(code);
    this.stack = stacks.pop() ?? new Array<bigint>(STACK_SIZE).fill(0n);
    this.memory = takeMemory();
    this.gas = Number(message.gasLimit);
    this.refund = Number(message.gasRefund);
    this.result = { logs: [], selfdestruct: message.selfdestruct ?? new Map() };
    if (message.createdAddresses !== undefined) this.result.createdAddresses = message.createdAddresses;
  }

  /** What it costs to make the first `end` bytes of memory usable, at most 2^32. */
  expansionFee(end: number): number {
    if (end <= this.size) return 0;
    const words = Math.ceil(end / 32);
    const { memoryGas, quadCoefficientDivGas } = this.context.rules;
    return words * memoryGas + Math.floor((words * words) / quadCoefficientDivGas) - this.memoryFee;
  }

  /** To be called once the fee is paid. */
  expand(end: number): void {
    if (end <= this.size) return;
    this.memoryFee += this.expansionFee(end);
    this.size = Math.ceil(end / 32) * 32;
    if (this.memory.bytes.length < this.size) this.memory = grownMemory(this.memory, this.size);
  }

  /** Gives stack and memory back: nothing of the frame but its result may be used after. */
  release(): void {
    returnMemory(this.memory, this.size);
    if (stacks.length < KEPT_STACKS) stacks.push(this.stack);
  }
}
