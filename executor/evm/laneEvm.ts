import { Common, Mainnet } from "@ethereumjs/common";
import {
  EVM,
  EVMError,
  EVMMockBlockchain,
  type EVMOpts,
  type EVMResult,
  type ExecResult,
  Message,
  NobleBN254,
} from "@ethereumjs/evm";
import { SimpleStateManager } from "@ethereumjs/statemanager";
import { Account, Address } from "@ethereumjs/util";
import { EMPTY_BYTES } from "../../protocol/index.ts";
import { makeCall } from "./calls.ts";
import { type ForkRules, forkRules, MAX_FRAME_GAS } from "./forkRules.ts";
import { type Fault, Frame, type FrameContext } from "./frame.ts";
import { isJournal, LaneJournal } from "./laneJournal.ts";
import { CALL, HALTED, runLoop, STOCK_STEP } from "./runLoop.ts";
import { isDead } from "./stateOps.ts";
import { type StockInterpreterClass, stockInterpreterClass, stockStep } from "./stockStep.ts";
import { isSyncState, type SyncState } from "./syncState.ts";

/** An EVM for `createVM({ evm })`: EthereumJS's own, but its frames run in our loop. Same options as `createEVM`. */
export async function createLaneEvm(options: EVMOpts = {}): Promise<LaneEvm> {
  const complete: EVMOpts = {
    ...options,
    bn254: options.bn254 ?? new NobleBN254(),
    common: options.common ?? new Common({ chain: Mainnet }),
    blockchain: options.blockchain ?? new EVMMockBlockchain(),
    stateManager: options.stateManager ?? new SimpleStateManager(),
  };
  return new LaneEvm(complete, await stockInterpreterClass());
}

/** Asked between slices of work: it throws when the time is over, and a promise that it answers is waited for. */
export interface Pacer {
  /** Gas that a frame runs on before it is asked: at least 16, so that any jump fits. */
  readonly sliceGas: number;
  pace(): Promise<void> | undefined;
}

/** Address, topics, data: EthereumJS's form, kept as it is from frame to frame. */
export type RawLog = NonNullable<ExecResult["logs"]>[number];

/** Calls between frames that count as a slice. */
const SLICE_CALLS = 64;

export interface TransactionCall {
  caller: Address;
  to: Address;
  gasLimit: bigint;
  gasPrice: bigint;
  value: bigint;
  data: Uint8Array;
  block: NonNullable<EVM["_block"]>;
}

type MessageWithTo = Message & { to: Address };

/** Whether, and with which rules, a frame may run in our loop. */
interface Mode {
  readonly opcodes: EVM["opcodes"];
  readonly stateManager: EVM["stateManager"];
  readonly rules: ForkRules;
  readonly state: (EVM["stateManager"] & SyncState) | undefined;
}

/**
 * EthereumJS's EVM with another interpreter: frames run synchronously from one suspending instruction to the next,
 * code is decoded once, and a call between contracts takes none of the detours that only other forks, listeners or
 * debugging need. Results are the same in gas, data, logs, errors and state.
 *
 * Falls back to the stock interpreter, frame by frame, where a `step` listener is attached, where debugging, profiling
 * or custom instructions are on, under rules that the loop does not know, and for more gas than fits 31 bits.
 *
 * A call that moves no value touches neither caller nor callee, as long as the callee has code or does not exist:
 * what the stock EVM puts there is what was there, or an empty account that the end of the transaction removes.
 */
export class LaneEvm extends EVM {
  /** The very `journal`. */
  readonly laneJournal: LaneJournal;
  private readonly interpreterClass: StockInterpreterClass;
  private readonly alwaysStock: boolean;
  private readonly runNested = (message: Message): Promise<EVMResult> => this.runMessage(message);
  private mode: Mode | undefined;
  /** For runs that may take too long; without it nothing is looked at. */
  pacer: Pacer | undefined;
  private callsInSlice = 0;
  /** Told of every log as it is made, also where its frame then fails; of some more than once. */
  onLog: ((log: RawLog) => void) | undefined;
  /** The instruction at which the last transaction's own frame failed. */
  lastFault: Fault | undefined;

  /** Use {@link createLaneEvm}; a subclass hands on the awaited `stockInterpreterClass()`. */
  constructor(options: EVMOpts, interpreterClass: StockInterpreterClass) {
    super(options);
    this.interpreterClass = interpreterClass;
    this.laneJournal = new LaneJournal(this.stateManager, this.common);
    const journal: unknown = this.laneJournal;
    if (isJournal(journal)) this.journal = journal;
    this.alwaysStock =
      this.DEBUG || options.profiler?.enabled === true || (options.customOpcodes?.length ?? 0) > 0;
  }

  /** A transaction's message, for callers that have bought its gas: {@link EVM.runCall} of a call, without its detours. */
  runTransactionMessage(call: TransactionCall): Promise<EVMResult> {
    const { caller, to, gasLimit, gasPrice, value, data, block } = call;
    this._block = block;
    this._tx = { gasPrice, origin: caller };
    const message = new Message({ caller, to, gasLimit, value, data, depth: 0 });
    message.selfdestruct = new Map();
    message.createdAddresses = new Set();
    return this.runMessage(message);
  }

  protected override async runInterpreter(
    message: Message,
    options: { pc?: number; initialLogs?: NonNullable<ExecResult["logs"]> } = {},
  ): Promise<ExecResult> {
    const { to, code } = message;
    const context = this.contextOf(message, options.pc ?? 0);
    if (context === undefined || to === undefined || !(code instanceof Uint8Array)) {
      return super.runInterpreter(message, options);
    }
    const frame = new Frame(context, message, to, code);
    if (options.initialLogs !== undefined) frame.result.logs.push(...options.initialLogs);
    try {
      await this.runFrame(frame);
      if (message.depth === 0) this.lastFault = frame.fault;
      return resultOf(frame);
    } finally {
      frame.release();
    }
  }

  protected override async _executeCall(message: MessageWithTo): Promise<EVMResult> {
    if (this.alwaysStock || !this.currentMode().rules.supported) return super._executeCall(message);
    const failure = message.delegatecall ? undefined : await this.moveValue(message);
    await this.loadCode(message);
    const { code } = message;
    const hasCode = code !== undefined && (typeof code === "function" || code.length > 0);
    if (message.value === 0n && !message.delegatecall && !(hasCode && code instanceof Uint8Array)) {
      await this.touch(message.to);
    }
    if (!hasCode || failure !== undefined) return { execResult: untouched(message, failure) };
    const result =
      typeof code === "function"
        ? await this.runPrecompile(code, message.data, message.gasLimit)
        : await this.runInterpreter(message);
    if (typeof code === "function") result.gasRefund = message.gasRefund;
    if (message.depth === 0 && this.currentMode().rules.eip1153) this.transientStorage.clear();
    return { execResult: result };
  }

  private async runFrame(frame: Frame): Promise<void> {
    const { pacer } = this;
    for (;;) {
      const exit = pacer === undefined ? runLoop(frame) : await this.runSlices(frame, pacer);
      if (exit === HALTED) return;
      if (exit === CALL && (await makeCall(frame, this.runNested))) continue;
      const logged = frame.result.logs.length;
      await stockStep(frame, this, (environment, gas) => {
        const { stateManager, blockchain, journal, performanceLogger } = this;
        return new this.interpreterClass(
          this,
          stateManager,
          blockchain,
          environment,
          gas,
          journal,
          performanceLogger,
        );
      });
      const { onLog } = this;
      if (onLog !== undefined && frame.result.logs.length > logged) {
        for (const log of frame.result.logs.slice(logged)) onLog(log);
      }
      if (frame.halted) return;
    }
  }

  /**
   * The loop sees at most a slice of the frame's gas; the rest is held in reserve. It comes back for want of gas, the
   * pacer is asked, and the next slice begins where it stopped. What finds no gas at the start of a slice needs more than
   * one, and goes its usual way with all of it.
   */
  private async runSlices(frame: Frame, pacer: Pacer): Promise<number> {
    for (;;) {
      const slice = Math.min(frame.gas, pacer.sliceGas);
      frame.reserve = frame.gas - slice;
      frame.gas = slice;
      const exit = runLoop(frame);
      const used = slice - frame.gas;
      frame.gas += frame.reserve;
      const heldBack = frame.reserve > 0;
      frame.reserve = 0;
      const isSliceOver = exit === STOCK_STEP && heldBack && used > 0;
      if (isSliceOver || (exit === CALL && ++this.callsInSlice >= SLICE_CALLS)) {
        this.callsInSlice = 0;
        const pause = pacer.pace();
        if (pause !== undefined) await pause;
      }
      if (!isSliceOver) return exit;
    }
  }

  /** A call from a frame of ours: {@link EVM.runCall} without what nobody listens to. */
  private async runMessage(message: Message): Promise<EVMResult> {
    if (!hasTarget(message) || this.hasMessageListeners()) return this.runCall({ message });
    const { eip1153 } = this.currentMode().rules;
    await this.journal.checkpoint();
    if (eip1153) this.transientStorage.checkpoint();
    const result = await this._executeCall(message);
    const { execResult } = result;
    if (execResult.exceptionError === undefined) {
      await this.journal.commit();
      if (eip1153) this.transientStorage.commit();
      return result;
    }
    execResult.selfdestruct = new Map();
    execResult.createdAddresses = new Set();
    execResult.gasRefund = 0n;
    execResult.logs = [];
    await this.journal.revert();
    if (eip1153) this.transientStorage.revert();
    return result;
  }

  private hasMessageListeners(): boolean {
    return this.events.listenerCount("beforeMessage") > 0 || this.events.listenerCount("afterMessage") > 0;
  }

  /** A transfer that fails leaves nothing: the caller of `_executeCall` reverts. */
  private async moveValue(message: MessageWithTo): Promise<EVMError | undefined> {
    if (message.value === 0n) return undefined;
    let failure: EVMError | undefined;
    try {
      await this._reduceSenderBalance((await this.account(message.caller)) ?? new Account(), message);
    } catch (error) {
      if (!(error instanceof EVMError)) throw error;
      failure = error;
    }
    try {
      await this._addToBalance((await this.account(message.to)) ?? new Account(), message);
    } catch (error) {
      if (!(error instanceof EVMError)) throw error;
      failure = error;
    }
    return failure;
  }

  /** EIP-161: an empty account that is called goes when the transaction ends. */
  private async touch(address: Address): Promise<void> {
    const account = await this.account(address);
    if (account !== undefined && isDead(account)) await this.journal.putAccount(address, account);
  }

  private async account(address: Address): Promise<Account | undefined> {
    const { state } = this.currentMode();
    return state === undefined ? this.stateManager.getAccount(address) : state.accountNow(address);
  }

  private async loadCode(message: Message): Promise<void> {
    const { state, rules } = this.currentMode();
    if (state === undefined || message.code !== undefined) return this._loadCode(message);
    const { codeAddress } = message;
    const precompile = this.precompileAt(codeAddress);
    if (precompile !== undefined) {
      message.code = precompile;
      message.isCompiled = true;
      return;
    }
    const code = state.codeNow(codeAddress);
    if (!rules.eip7702 || code[0] !== 0xef || code[1] !== 0x01 || code[2] !== 0x00) {
      message.code = code;
      return;
    }
    const delegate = new Address(code.slice(3, 24));
    message.code = state.codeNow(delegate);
    if (message.depth === 0) this.journal.addAlwaysWarmAddress(delegate.toString());
  }

  /** Precompiles have low addresses, so that most look-ups end at the first bytes. */
  private precompileAt(address: Address): ReturnType<EVM["getPrecompile"]> {
    if (this._customPrecompiles === undefined) {
      const { bytes } = address;
      for (let i = 0; i < 18; i++) if (bytes[i] !== 0) return undefined;
    }
    return this.getPrecompile(address);
  }

  private contextOf(message: Message, pc: number): FrameContext | undefined {
    if (this.alwaysStock || pc !== 0 || message.gasLimit > MAX_FRAME_GAS) return undefined;
    if (this.events.listenerCount("step") > 0) return undefined;
    const { rules, state } = this.currentMode();
    const { _tx: transaction, _block: block } = this;
    if (!rules.supported || transaction === undefined || block === undefined) return undefined;
    return {
      rules,
      state,
      journal: this.journal,
      transientStorage: this.transientStorage,
      header: block.header,
      gasPrice: transaction.gasPrice,
      origin: transaction.origin,
    };
  }

  /** The EVM replaces its table of opcodes when the hard fork changes. */
  private currentMode(): Mode {
    const { opcodes, stateManager } = this;
    if (this.mode?.opcodes === opcodes && this.mode.stateManager === stateManager) return this.mode;
    const state = isSyncState(stateManager) ? stateManager : undefined;
    this.mode = { opcodes, stateManager, state, rules: forkRules(this.common, opcodes, state !== undefined) };
    return this.mode;
  }
}

function hasTarget(message: Message): message is MessageWithTo {
  return message.to !== undefined;
}

function untouched(message: Message, failure: EVMError | undefined): ExecResult {
  const result: ExecResult = {
    gasRefund: message.gasRefund,
    executionGasUsed: 0n,
    returnValue: EMPTY_BYTES,
  };
  if (failure !== undefined) result.exceptionError = failure;
  return result;
}

function resultOf({ message, result, error, gas, refund }: Frame): ExecResult {
  const left = BigInt(gas);
  const failed = error !== undefined && error.error !== EVMError.errorMessages.REVERT;
  const outcome: ExecResult = {
    logs: result.logs,
    selfdestruct: result.selfdestruct,
    gas: left,
    executionGasUsed: failed ? message.gasLimit : message.gasLimit - left,
    gasRefund: BigInt(refund),
    stateGasSpilled: 0n,
    returnValue: result.returnValue ?? EMPTY_BYTES,
  };
  if (result.createdAddresses !== undefined) outcome.createdAddresses = result.createdAddresses;
  if (error === undefined) return outcome;
  outcome.exceptionError = error;
  outcome.logs = [];
  outcome.selfdestruct = new Map();
  outcome.createdAddresses = new Set();
  return outcome;
}
