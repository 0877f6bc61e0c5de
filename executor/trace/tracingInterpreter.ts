import { type EVM, EVMError, type EVMOpts, type Message } from "@ethereumjs/evm";
import { type Address, generateAddress2 } from "@ethereumjs/util";
import { contractAddress, EMPTY_BYTES, InvariantError } from "../../protocol/index.ts";
import { stockInterpreterClass } from "../evm/stockStep.ts";
import { constantGas, priceFault, runFault } from "./faults.ts";
import { isCall, memoryFault, OP, stackFault } from "./opcodes.ts";
import type { FrameType } from "./tracer.ts";
import type { Tracing } from "./tracing.ts";

type OpHandler = Extract<
  NonNullable<EVMOpts["customOpcodes"]>[number],
  { logicFunction: unknown }
>["logicFunction"];
type RunState = Parameters<OpHandler>[0];
type Interpreter = RunState["interpreter"];
type OpcodeEntry = ReturnType<Interpreter["lookupOpInfo"]>;
export type InterpreterEnv = RunState["env"];

type InterpreterClass = new (
  evm: EVM,
  stateManager: EVM["stateManager"],
  blockchain: EVM["blockchain"],
  env: InterpreterEnv,
  gasLeft: bigint,
  journal: EVM["journal"],
  performanceLogger: unknown,
) => Interpreter;

export type TracingInterpreterClass = new (
  tracing: Tracing,
  ...stock: ConstructorParameters<InterpreterClass>
) => Interpreter;

const { errorMessages } = EVMError;
const MAX_UINT64 = 2n ** 64n - 1n;

let known: Promise<TracingInterpreterClass> | undefined;

/** Made once: EthereumJS's interpreter with events. */
export function tracingInterpreterClass(): Promise<TracingInterpreterClass> {
  known ??= stockInterpreterClass().then((stock: unknown) => {
    if (!isInterpreterClass(stock)) throw new InvariantError("EthereumJS's interpreter was not found");
    return extend(stock);
  });
  return known;
}

function isInterpreterClass(value: unknown): value is InterpreterClass {
  return typeof value === "function" && typeof value.prototype === "object" && "runStep" in value.prototype;
}

/**
 * EthereumJS's interpreter of one frame, telling what it does as go-ethereum tells it: an instruction once its price is
 * known and before it changes anything, also when it cannot start; STOP where code ends without one; calls that fail for
 * want of depth or balance as frames of their own.
 */
function extend(Stock: InterpreterClass): TracingInterpreterClass {
  return class TracingInterpreter extends Stock {
    private readonly tracing: Tracing;
    private halted = false;

    constructor(tracing: Tracing, ...stock: ConstructorParameters<InterpreterClass>) {
      super(...stock);
      this.tracing = tracing;
    }

    override async run(code: Uint8Array, options?: Parameters<Interpreter["run"]>[1]) {
      const result = await super.run(code, options);
      if (!this.halted && result.exceptionError === undefined)
        this.tell(OP.STOP, 0n, this.memorySize(), undefined);
      return result;
    }

    override async runStep(known?: OpcodeEntry): Promise<void> {
      const { tracing, _runState: run } = this;
      const turn = tracing.budget.tick();
      if (turn !== undefined) await turn;
      const op = run.opCode;
      const entry = known ?? this.lookupOpInfo(op);
      try {
        const price = await this.price(entry, op);
        if (entry.opcodeInfo.isInvalid) throw new EVMError(errorMessages.INVALID_OPCODE);
        this.useGas(price);
        run.programCounter++;
        const { opHandler } = entry;
        const done = opHandler(run, this.common);
        if (done !== undefined) await done;
      } catch (error) {
        this.halted = true;
        if (error instanceof EVMError) tracing.describe(error, runFault(error, op));
        throw error;
      }
    }

    /** What EthereumJS charges. Tells of the instruction; throws when it cannot start. */
    private async price({ opcodeInfo, gasHandler }: OpcodeEntry, op: number): Promise<bigint> {
      const { _runState: run } = this;
      const size = this.memorySize();
      const { _store: words, length: height } = readStack(run.stack);
      const constant = constantGas(op, opcodeInfo.fee, this.common.isActivatedEIP(2929));
      const stackProblem = opcodeInfo.isInvalid ? undefined : stackFault(op, height);
      if (stackProblem !== undefined) this.refuse(op, constant, size, stackProblem);
      if (run.gasLeft < constant) this.refuse(op, constant, size, "out of gas");
      if (!opcodeInfo.dynamicGas) {
        this.tell(op, constant, size, undefined);
        return opcodeInfo.feeBigInt;
      }
      const memoryProblem = memoryFault(op, words, height);
      if (memoryProblem !== undefined) this.refuse(op, constant, size, memoryProblem);
      if (op === OP.RETURNDATACOPY) this.checkReturnData(words, height, size);
      let price: bigint;
      try {
        price = await gasHandler(run, opcodeInfo.feeBigInt, this.common);
      } catch (error) {
        if (!(error instanceof EVMError)) throw error;
        return this.refuse(op, constant, size, priceFault(error, op, words, height));
      }
      const cost = isCall(op) ? price + (run.messageGasLimit ?? 0n) : price;
      if (cost > run.gasLeft) this.refuse(op, cost, size, "out of gas");
      this.tell(op, cost, size, undefined);
      return price;
    }

    /** EthereumJS finds it while it works out the price; for geth it is paid for and fails while it runs. */
    private checkReturnData(words: readonly bigint[], height: number, size: number): void {
      const { _runState: run } = this;
      const [target, source, length] = [
        words[height - 1] ?? 0n,
        words[height - 2] ?? 0n,
        words[height - 3] ?? 0n,
      ];
      if (source + length <= BigInt(run.returnBytes.length)) return;
      const wordsOf = (bytes: bigint) => (bytes + 31n) / 32n;
      const memoryFee = (count: bigint) => 3n * count + (count * count) / 512n;
      const before = wordsOf(BigInt(size));
      const after = length === 0n ? 0n : wordsOf(target + length);
      const cost = 3n + 3n * wordsOf(length) + (after > before ? memoryFee(after) - memoryFee(before) : 0n);
      if (cost > run.gasLeft) this.refuse(OP.RETURNDATACOPY, cost, size, "out of gas");
      this.tell(OP.RETURNDATACOPY, cost, size, undefined);
      throw this.tracing.failure(errorMessages.OUT_OF_GAS, "return data out of bounds");
    }

    private refuse(op: number, cost: bigint, memorySize: number, words: string): never {
      this.tell(op, cost, memorySize, words);
      throw this.tracing.failure(errorMessages.OUT_OF_GAS, words);
    }

    private tell(op: number, cost: bigint, memorySize: number, error: string | undefined): void {
      const { tracing, _runState: run, _env: env } = this;
      if (tracing.tracer.step === undefined) return;
      const { _store: stack, length: stackLength } = readStack(run.stack);
      tracing.tracer.step({
        pc: run.programCounter,
        op,
        gas: run.gasLeft,
        cost,
        depth: env.depth + 1,
        stack,
        stackLength,
        memory: run.memory._store,
        memorySize,
        returnData: run.returnBytes,
        refund: run.gasRefund + tracing.refundBefore,
        address: env.address.bytes,
        error,
      });
    }

    private memorySize(): number {
      return Number(this._runState.memoryWordCount) * 32;
    }

    override async _baseCall(message: Message): Promise<bigint> {
      const { tracing, _env: env } = this;
      const type = callType(this._runState.opCode);
      const depth = env.depth + 1;
      const target = type === "CALL" || type === "STATICCALL" ? message.to : message.codeAddress;
      tracing.enter({
        depth,
        type,
        from: env.address.bytes,
        to: target?.bytes ?? EMPTY_BYTES,
        input: message.data,
        gas: message.gasLimit,
        value: type === "STATICCALL" ? undefined : message.value,
      });
      const success = await super._baseCall(message);
      tracing.exit(depth, this.refusal());
      return success;
    }

    override async create(
      gasLimit: bigint,
      value: bigint,
      code: Uint8Array,
      salt?: Uint8Array,
    ): Promise<bigint> {
      const { tracing, _env: env } = this;
      const depth = env.depth + 1;
      const creator = env.address.bytes;
      const { nonce } = env.contract;
      tracing.enter({
        depth,
        type: salt === undefined ? "CREATE" : "CREATE2",
        from: creator,
        to: salt === undefined ? contractAddress(creator, nonce) : generateAddress2(creator, salt, code),
        input: code,
        gas: gasLimit,
        value,
      });
      const created = await super.create(gasLimit, value, code, salt);
      tracing.exit(depth, nonce >= MAX_UINT64 ? "nonce uint64 overflow" : this.refusal());
      return created;
    }

    override async selfDestruct(beneficiary: Address): Promise<void> {
      const { tracing, _env: env } = this;
      const depth = env.depth + 1;
      const account = await this._stateManager.getAccount(env.address);
      tracing.tracer.enter?.({
        depth,
        type: "SELFDESTRUCT",
        from: env.address.bytes,
        to: beneficiary.bytes,
        input: EMPTY_BYTES,
        gas: 0n,
        value: account?.balance ?? 0n,
      });
      tracing.tracer.exit?.({ depth, output: EMPTY_BYTES, gasUsed: 0n, error: undefined });
      return super.selfDestruct(beneficiary);
    }

    override log(data: Uint8Array, topicCount: number, topics: Uint8Array[]): void {
      super.log(data, topicCount, topics);
      this.tracing.log(this._env.address.bytes, topics, data);
    }

    private refusal(): string {
      const tooDeep = this._env.depth >= Number(this.common.param("stackLimit"));
      return tooDeep ? "max call depth exceeded" : "insufficient balance for transfer";
    }
  };
}

function callType(op: number): FrameType {
  switch (op) {
    case OP.CALLCODE:
      return "CALLCODE";
    case OP.DELEGATECALL:
      return "DELEGATECALL";
    case OP.STATICCALL:
      return "STATICCALL";
    default:
      return "CALL";
  }
}

/** The stack's own array: taking it apart for every instruction would cost more than the instruction. */
function readStack(stack: RunState["stack"]): { _store: readonly bigint[]; length: number } {
  const words: unknown = Reflect.get(stack, "_store");
  return { _store: isWords(words) ? words : stack.getStack(), length: stack.length };
}

function isWords(value: unknown): value is bigint[] {
  return Array.isArray(value);
}
