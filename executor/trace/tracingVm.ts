import { type EVM, type EVMOpts, type EVMResult, NobleBN254 } from "@ethereumjs/evm";
import { Account, Address } from "@ethereumjs/util";
import {
  bytesToHex,
  contractAddress,
  hexToBytes,
  type IntrinsicGas,
  InvariantError,
} from "../../protocol/index.ts";
import type { WriteSet } from "../engine/access.ts";
import { applyAuthorizations } from "../engine/applyAuthorizations.ts";
import { authorities } from "../engine/authorities.ts";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import type { ChainRules } from "../engine/chainRules.ts";
import { keyOf } from "../engine/keys.ts";
import { LaneCommon } from "../engine/laneCommon.ts";
import { RecordingState } from "../engine/recordingState.ts";
import type { StateOverlay } from "../engine/stateOverlay.ts";
import { TransactionRules } from "../engine/transactionRules.ts";
import { ForkGas } from "../simulate/forkGas.ts";
import type { PrecompileMoves, SimulationEnvironment } from "../simulate/overrides.ts";
import { customPrecompilesOf } from "../simulate/simulationVm.ts";
import { formOf, type TracedMessage } from "./tracedMessage.ts";
import type { LiveState, TransactionStart } from "./tracer.ts";
import type { Tracing } from "./tracing.ts";
import { TracedBlockHashes, tracingBlock } from "./tracingBlock.ts";
import { TracingEvm } from "./tracingEvm.ts";
import { tracingInterpreterClass } from "./tracingInterpreter.ts";

/** No account: the recording state's special case for the fee step has no place here. */
const NO_FEE_RECIPIENT = "";
const GAS_PER_BLOB = 131_072n;
const SYSTEM_ADDRESS = hexToBytes("0xfffffffffffffffffffffffffffffffffffffffe");
const SYSTEM_CALL_GAS = 30_000_000n;

/** What a traced transaction leaves. */
export interface TracedOutcome {
  gasUsed: bigint;
  /** Before refunds. */
  maxGasUsed: bigint;
  failed: boolean;
  /** The fee recipient's share included. */
  writes: WriteSet;
}

/** Lower-case hex without 0x. */
const plainHex = (bytes: Uint8Array) => bytesToHex(bytes).slice(2);

/**
 * Runs one transaction at a time over an overlay that it does not change, step by step as `runTx` does, with a watcher.
 * Whether the sender may do this at all is not asked: it is in a block already, or it is a call.
 */
export class TracingVm {
  readonly fork: ForkGas;
  private readonly rules: TransactionRules;
  private readonly common: LaneCommon;
  private readonly state: RecordingState;
  private readonly evm: EVM;
  private readonly watch: (tracing: Tracing) => void;
  private readonly hashes: TracedBlockHashes;
  private readonly live: LiveState;
  private readonly precompiles: ReadonlySet<string>;

  private constructor(
    common: LaneCommon,
    state: RecordingState,
    evm: EVM,
    watch: (tracing: Tracing) => void,
    hashes: TracedBlockHashes,
    precompiles: ReadonlySet<string>,
  ) {
    this.common = common;
    this.rules = new TransactionRules(common);
    this.fork = new ForkGas(common);
    this.state = state;
    this.evm = evm;
    this.watch = watch;
    this.hashes = hashes;
    this.precompiles = precompiles;
    this.live = {
      account: (address) => state.look(keyOf(address), 0),
      storage: (address, slot) => state.storageNow(new Address(address), slot),
      codeAt: (address) => state.codeNow(new Address(address)),
    };
  }

  /** With `moves` precompiles are elsewhere; which addresses are warm does not change. */
  static create(rules: ChainRules, moves?: PrecompileMoves): Promise<TracingVm> {
    const make = async (options: EVMOpts) => new TracingEvm(options, await tracingInterpreterClass());
    return TracingVm.createOn(rules, moves, make, (evm, tracing) => {
      evm.tracing = tracing;
    });
  }

  /** On an EVM of another kind: `watch` tells it of each transaction's watcher. */
  static async createOn<Evm extends EVM>(
    rules: ChainRules,
    moves: PrecompileMoves | undefined,
    make: (options: EVMOpts) => Promise<Evm>,
    watch: (evm: Evm, tracing: Tracing) => void,
  ): Promise<TracingVm> {
    const common = new LaneCommon(rules);
    const state = new RecordingState();
    const hashes = new TracedBlockHashes();
    const options: EVMOpts = { common, stateManager: state, blockchain: hashes, bn254: new NobleBN254() };
    let evm = await make(options);
    const precompiles = new Set(evm.precompiles.keys());
    if (moves !== undefined) {
      evm = await make({ ...options, customPrecompiles: customPrecompilesOf(evm, moves) });
    }
    return new TracingVm(common, state, evm, (tracing) => watch(evm, tracing), hashes, precompiles);
  }

  async run(
    message: TracedMessage,
    overlay: StateOverlay,
    environment: SimulationEnvironment,
    tracing: Tracing,
  ): Promise<TracedOutcome> {
    const { evm, state } = this;
    this.begin(overlay, environment, tracing);
    tracing.tracer.start?.(this.startOf(message, environment));
    const gas = this.rules.intrinsicGas(formOf(message));
    this.warmUp(message, environment);
    if (message.mint !== undefined) state.beginDeposit(keyOf(message.from), message.mint);
    else await this.buyGas(message);
    if (message.mint !== undefined && !this.canBegin(message, gas))
      return this.failedDeposit(message, tracing);
    const refund = await applyAuthorizations(message.authorizationList, evm, state, this.common.chainId());
    tracing.refundBefore = refund;
    const result = await this.runFrame(message, message.gasLimit - gas.intrinsic, environment, tracing);
    const spent = gas.intrinsic + result.execResult.executionGasUsed;
    const gasUsed = this.gasUsed(spent, refund + (result.execResult.gasRefund ?? 0n), gas.floor);
    const maxGasUsed = spent > gas.floor ? spent : gas.floor;
    if (message.mint === undefined) await this.settle(message, environment, gasUsed);
    await this.destroy(result);
    await evm.journal.cleanup();
    tracing.tracer.end?.(gasUsed);
    const failed = result.execResult.exceptionError !== undefined;
    return { gasUsed, maxGasUsed, failed, writes: state.writes() };
  }

  /** What a block does besides its transactions (EIP-2935, 4788, 7002, 7251): nobody pays, nobody's nonce moves. */
  async systemCall(
    to: Uint8Array,
    data: Uint8Array,
    overlay: StateOverlay,
    environment: SimulationEnvironment,
    tracing: Tracing,
  ): Promise<{ output: Uint8Array; error: string | undefined; writes: WriteSet }> {
    const { evm, state } = this;
    this.begin(overlay, environment, tracing);
    evm.journal.addAlwaysWarmAddress(plainHex(to));
    const block = tracingBlock(
      environment,
      environment.baseFeePerGas,
      this.common,
      this.blobBaseFee(environment),
    );
    const { execResult } = await evm.runCall({
      caller: new Address(SYSTEM_ADDRESS),
      to: new Address(to),
      gasLimit: SYSTEM_CALL_GAS,
      gasPrice: 0n,
      data,
      skipNonceIncrement: true,
      block,
    });
    await evm.journal.cleanup();
    const { exceptionError, returnValue } = execResult;
    const error = exceptionError === undefined ? undefined : tracing.wordsOf(exceptionError);
    return { output: returnValue, error, writes: state.writes() };
  }

  private begin(overlay: StateOverlay, environment: SimulationEnvironment, tracing: Tracing): void {
    const { evm, hashes } = this;
    this.state.begin(overlay, NO_FEE_RECIPIENT);
    hashes.overlay = overlay;
    hashes.known = environment.blockHashes;
    evm.journal.cleanJournal();
    evm.transientStorage.clear();
    this.watch(tracing);
  }

  isPrecompile(address: Uint8Array): boolean {
    return this.precompiles.has(plainHex(address));
  }

  /** In wei; 0 before blobs. */
  blobBaseFee({ blobBaseFee, excessBlobGas }: SimulationEnvironment): bigint {
    return blobBaseFee ?? (this.fork.hasBlobs ? this.fork.blobBaseFee(excessBlobGas ?? 0n) : 0n);
  }

  private startOf(message: TracedMessage, environment: BlockEnvironment): TransactionStart {
    return {
      from: message.from,
      to: message.to,
      gasLimit: message.gasLimit,
      nonce: message.nonce ?? this.live.account(message.from)?.nonce ?? 0n,
      coinbase: environment.coinbase,
      authorities: authorities(message),
      state: this.live,
      onlyNewAreDestroyed: this.common.isActivatedEIP(6780),
      hasDelegations: this.common.isActivatedEIP(7702),
      precompiles: this.precompiles,
    };
  }

  /** EIP-2929, 2930, 3651. */
  private warmUp(message: TracedMessage, environment: BlockEnvironment): void {
    if (!this.common.isActivatedEIP(2929)) return;
    const { journal } = this.evm;
    for (const address of this.precompiles) journal.addAlwaysWarmAddress(address);
    journal.addAlwaysWarmAddress(plainHex(message.from));
    if (message.to !== undefined) journal.addAlwaysWarmAddress(plainHex(message.to));
    if (this.common.isActivatedEIP(3651)) journal.addAlwaysWarmAddress(plainHex(environment.coinbase));
    for (const { address, storageKeys } of message.accessList) {
      const hex = plainHex(address);
      journal.addAlwaysWarmAddress(hex);
      for (const key of storageKeys) journal.addAlwaysWarmSlot(hex, plainHex(key));
    }
  }

  /** What else would keep a transaction out of its block makes a deposit fail in it. */
  private canBegin({ from, to, value, gasLimit, data }: TracedMessage, gas: IntrinsicGas): boolean {
    const { maxInitcodeSize } = this.rules;
    if (gasLimit < gas.intrinsic || gasLimit < gas.floor) return false;
    if (to === undefined && maxInitcodeSize !== undefined && data.length > maxInitcodeSize) return false;
    return (this.state.look(keyOf(from), 0)?.balance ?? 0n) >= value;
  }

  private failedDeposit(message: TracedMessage, tracing: Tracing): TracedOutcome {
    this.enter(message, message.gasLimit, tracing);
    tracing.exit(0, "failed deposit");
    tracing.tracer.end?.(message.gasLimit);
    const { gasLimit } = message;
    return { gasUsed: gasLimit, maxGasUsed: gasLimit, failed: true, writes: this.state.writes() };
  }

  private async buyGas(message: TracedMessage): Promise<void> {
    const sender = new Address(message.from);
    const payer = this.state.accountNow(sender) ?? new Account();
    payer.nonce = (message.nonce ?? payer.nonce) + 1n;
    payer.balance -= message.gasLimit * message.gasPrice;
    payer.balance -= BigInt(message.blobHashes.length) * GAS_PER_BLOB * message.blobGasPrice;
    await this.evm.journal.putAccount(sender, payer);
  }

  /** The transaction's own frame. */
  private async runFrame(
    message: TracedMessage,
    gasLimit: bigint,
    environment: SimulationEnvironment,
    tracing: Tracing,
  ): Promise<EVMResult> {
    const { from, to, value, data, gasPrice } = message;
    this.enter(message, gasLimit, tracing);
    const result = await this.evm.runCall({
      caller: new Address(from),
      ...(to === undefined ? {} : { to: new Address(to) }),
      gasLimit,
      gasPrice,
      value,
      data,
      skipNonceIncrement: true,
      block: tracingBlock(environment, message.baseFee, this.common, this.blobBaseFee(environment)),
      ...(message.blobHashes.length === 0 ? {} : { blobVersionedHashes: message.blobHashes.map(bytesToHex) }),
    });
    tracing.noteResult(result);
    tracing.exit(0, "");
    return result;
  }

  private enter({ from, to, value, data }: TracedMessage, gas: bigint, tracing: Tracing): void {
    const nonce = (this.state.look(keyOf(from), 0)?.nonce ?? 1n) - 1n;
    tracing.enter({
      depth: 0,
      type: to === undefined ? "CREATE" : "CALL",
      from,
      to: to ?? contractAddress(from, nonce),
      input: data,
      gas,
      value,
    });
  }

  /** EIP-3529's cap on refunds, then EIP-7623's floor. */
  private gasUsed(spent: bigint, refund: bigint, floor: bigint): bigint {
    const most = spent / BigInt(this.common.param("maxRefundQuotient"));
    const used = spent - (refund < most ? refund : most);
    return used > floor ? used : floor;
  }

  private async settle(
    message: TracedMessage,
    environment: BlockEnvironment,
    gasUsed: bigint,
  ): Promise<void> {
    const { state } = this;
    const { journal } = this.evm;
    const sender = new Address(message.from);
    const payer = state.accountNow(sender);
    if (payer === undefined) throw new InvariantError("the sender of a traced transaction is gone");
    payer.balance += (message.gasLimit - gasUsed) * message.gasPrice;
    await journal.putAccount(sender, payer);
    const coinbase = new Address(environment.coinbase);
    const receiver = state.accountNow(coinbase) ?? new Account();
    receiver.balance += gasUsed * message.tip;
    await journal.putAccount(coinbase, receiver);
  }

  /** EIP-6780: since Cancun only contracts that the transaction created go. */
  private async destroy({ execResult }: EVMResult): Promise<void> {
    const onlyNew = this.common.isActivatedEIP(6780);
    for (const address of execResult.selfdestruct?.keys() ?? []) {
      if (onlyNew && execResult.createdAddresses?.has(address) !== true) continue;
      await this.evm.journal.deleteAccount(new Address(hexToBytes(address)));
    }
  }
}
