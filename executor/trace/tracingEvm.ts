import {
  EVM,
  EVMError,
  type EVMOpts,
  type EVMResult,
  type EVMRunCallOpts,
  type ExecResult,
  type Message,
} from "@ethereumjs/evm";
import { Account } from "@ethereumjs/util";
import { InvariantError } from "../../protocol/index.ts";
import { depositFault, precompileFault } from "./faults.ts";
import type { Tracing } from "./tracing.ts";
import type { InterpreterEnv, TracingInterpreterClass } from "./tracingInterpreter.ts";

/** How the frame that ended last ended, before what it returned becomes code. */
interface EndedFrame {
  code: Uint8Array;
  gasLeft: bigint;
  error: EVMError | undefined;
}

/** EthereumJS's EVM whose frames run in the tracing interpreter. One transaction at a time: `tracing` is its watcher. */
export class TracingEvm extends EVM {
  tracing: Tracing | undefined;
  private readonly interpreterClass: TracingInterpreterClass;
  private ended: EndedFrame | undefined;

  constructor(options: EVMOpts, interpreterClass: TracingInterpreterClass) {
    super(options);
    this.interpreterClass = interpreterClass;
  }

  override async runCall(options: EVMRunCallOpts): Promise<EVMResult> {
    const { message } = options;
    const result = await super.runCall(options);
    const { exceptionError } = result.execResult;
    const target = message?.codeAddress ?? options.to;
    if (exceptionError !== undefined && target !== undefined) {
      const words = precompileFault(exceptionError, target.bytes);
      if (words !== undefined) this.tracing?.describe(exceptionError, words);
    }
    this.tracing?.noteResult(result);
    return result;
  }

  protected override async _executeCreate(message: Message): Promise<EVMResult> {
    this.takeEnded();
    const result = await super._executeCreate(message);
    const { exceptionError } = result.execResult;
    const { tracing } = this;
    const ended = this.takeEnded();
    if (exceptionError !== undefined && ended !== undefined && ended.error === undefined) {
      const words = depositFault(ended.code, ended.gasLeft, this.common.isActivatedEIP(3541));
      tracing?.describe(exceptionError, words);
    }
    return result;
  }

  private takeEnded(): EndedFrame | undefined {
    const { ended } = this;
    this.ended = undefined;
    return ended;
  }

  protected override async runInterpreter(
    message: Message,
    options: { pc?: number } = {},
  ): Promise<ExecResult> {
    const { tracing } = this;
    const { code, to } = message;
    if (tracing === undefined || to === undefined || !(code instanceof Uint8Array)) {
      throw new InvariantError("a traced frame needs a watcher, an account and code");
    }
    const interpreter = new this.interpreterClass(
      tracing,
      this,
      this.stateManager,
      this.blockchain,
      await this.environmentOf(message, to, code),
      message.gasLimit,
      this.journal,
      this.performanceLogger,
    );
    if (message.selfdestruct !== undefined) interpreter._result.selfdestruct = message.selfdestruct;
    if (message.createdAddresses !== undefined)
      interpreter._result.createdAddresses = message.createdAddresses;
    const { runState, exceptionError } = await interpreter.run(code, options);
    const { _result: result } = interpreter;
    this.ended = {
      code: result.returnValue ?? new Uint8Array(0),
      gasLeft: runState.gasLeft,
      error: exceptionError,
    };
    const keepsGas = exceptionError === undefined || exceptionError.error === EVMError.errorMessages.REVERT;
    const outcome: ExecResult = {
      ...result,
      gas: runState.gasLeft,
      executionGasUsed: keepsGas ? message.gasLimit - runState.gasLeft : message.gasLimit,
      gasRefund: runState.gasRefund,
      returnValue: result.returnValue ?? new Uint8Array(0),
    };
    if (exceptionError === undefined) return outcome;
    return { ...outcome, exceptionError, logs: [], selfdestruct: new Map(), createdAddresses: new Set() };
  }

  private async environmentOf(
    message: Message,
    to: NonNullable<Message["to"]>,
    code: Uint8Array,
  ): Promise<InterpreterEnv> {
    const { _tx: transaction, _block: block } = this;
    if (transaction === undefined || block === undefined) {
      throw new InvariantError("a frame runs outside a transaction");
    }
    const environment: InterpreterEnv = {
      address: to,
      caller: message.caller,
      callData: message.data,
      callValue: message.value,
      code,
      isStatic: message.isStatic,
      isCreate: message.isCreate ?? false,
      depth: message.depth,
      gasPrice: transaction.gasPrice,
      origin: transaction.origin,
      block,
      contract: (await this.stateManager.getAccount(to)) ?? new Account(),
      codeAddress: message.codeAddress,
      gasRefund: message.gasRefund,
      blobVersionedHashes: message.blobVersionedHashes ?? [],
    };
    if (message.createdAddresses !== undefined) environment.createdAddresses = message.createdAddresses;
    return environment;
  }
}
