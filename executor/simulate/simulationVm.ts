import { Hardfork } from "@ethereumjs/common";
import {
  createEVM,
  type EVM,
  type EVMMockBlockchainInterface,
  type EVMOpts,
  type EVMResult,
  type PrecompileFunc,
} from "@ethereumjs/evm";
import { Account, Address } from "@ethereumjs/util";
import { type AccessListEntry, bytesToHex, hexToBytes, type Log } from "../../protocol/index.ts";
import { applyAuthorizations } from "../engine/applyAuthorizations.ts";
import type { ChainRules } from "../engine/chainRules.ts";
import { type Key, keyOf } from "../engine/keys.ts";
import { LaneCommon } from "../engine/laneCommon.ts";
import { RecordingState } from "../engine/recordingState.ts";
import type { StateOverlay } from "../engine/stateOverlay.ts";
import { recentBlockHash } from "../engine/systemCalls.ts";
import type { Fault } from "../evm/frame.ts";
import { createLaneEvm, LaneEvm } from "../evm/laneEvm.ts";
import type { TimeLimit } from "../readers/timeLimit.ts";
import { enterMessage, type Prices } from "./checkMessage.ts";
import { ForkGas } from "./forkGas.ts";
import type { Message } from "./message.ts";
import { NO_MOVES, type PrecompileMoves, type SimulationEnvironment } from "./overrides.ts";

/** No account: the recording state's special case for the fee step has no place here. */
const NO_FEE_RECIPIENT = "";
const JUMPDEST = 0x5b;
/** Jump destinations that the stock interpreter passes between two looks at the time. */
const JUMPS_A_LOOK = 256;

/** How a simulated transaction ended. */
export interface Execution {
  /** As the receipt would show it. */
  gasUsed: bigint;
  /** Before refunds: what the gas limit must cover. */
  maxGasUsed: bigint;
  returnData: Uint8Array;
  logs: Log[];
  /** EthereumJS' word for the failure; undefined after success. */
  failure: string | undefined;
  /** Where the transaction's own code failed, if our interpreter ran it. */
  fault: Fault | undefined;
  /** Locations that were cold when touched, with the declared ones; only when asked for. */
  touched: AccessListEntry[];
  /** `0x…` addresses of contracts that the transaction created. */
  created: Set<string>;
}

export interface SimulationVmOptions {
  moves?: PrecompileMoves;
  /** EthereumJS's own interpreter in place of ours: for comparison. */
  stock?: boolean;
}

/**
 * One EVM that runs one simulation at a time on the state manager of the lanes, then forgets it.
 *
 * It repeats what `runTx` does around the message, because `runTx` refuses what a call may do: gas above EIP-7825's
 * cap, senders with code, no fees. Where our interpreter does not run (rules before Byzantium), the stock one looks at
 * the time at jump destinations, which every loop passes.
 */
export class SimulationVm {
  readonly fork: ForkGas;
  private readonly evm: EVM;
  private readonly state: RecordingState;
  private readonly blocks: BlockHashLookup;
  private readonly clock: Clock;
  private readonly chainId: bigint;
  private readonly precompileKeys: ReadonlySet<Key>;

  private constructor(
    common: LaneCommon,
    evm: EVM,
    state: RecordingState,
    blocks: BlockHashLookup,
    clock: Clock,
  ) {
    this.fork = new ForkGas(common);
    this.evm = evm;
    this.state = state;
    this.blocks = blocks;
    this.clock = clock;
    this.chainId = common.chainId();
    this.precompileKeys = new Set([...evm.precompiles.keys()].map((hex) => keyOf(hexToBytes(`0x${hex}`))));
  }

  static async create(rules: ChainRules, options: SimulationVmOptions = {}): Promise<SimulationVm> {
    const common = new LaneCommon(rules);
    const state = new RecordingState();
    const blocks = new BlockHashLookup();
    const moves = options.moves ?? NO_MOVES;
    const clock = new Clock();
    const isOurs = options.stock !== true && common.gteHardfork(Hardfork.Byzantium);
    const create = async (more: EVMOpts) => {
      const base: EVMOpts = { common, stateManager: state, blockchain: blocks, ...more };
      return isOurs ? createLaneEvm(base) : createEVM({ ...base, customOpcodes: [clock.jumpDestination] });
    };
    let evm: EVM = await create({});
    if (moves.removed.length > 0) evm = await create({ customPrecompiles: customPrecompilesOf(evm, moves) });
    if (!isOurs) evm.events.on("beforeMessage", () => clock.limit?.expectInTime());
    return new SimulationVm(common, evm, state, blocks, clock);
  }

  isPrecompile(address: Uint8Array): boolean {
    return this.precompileKeys.has(keyOf(address));
  }

  /** What the block asks of this message, for which geth waives what a call without fees would not pay. */
  prices(message: Message, environment: SimulationEnvironment): Prices {
    const { blobBaseFee, excessBlobGas = 0n, baseFeePerGas } = environment;
    const waivesBlobs = message.blobHashes !== undefined && message.blobFeeCap === 0n;
    const blobs =
      this.fork.hasBlobs && !waivesBlobs ? (blobBaseFee ?? this.fork.blobBaseFee(excessBlobGas)) : 0n;
    return { baseFee: message.gasPrice === 0n ? 0n : baseFeePerGas, blobBaseFee: blobs };
  }

  /** Failures of the EVM are part of the answer; everything else is thrown. The next run starts clean either way. */
  async run(
    message: Message,
    overlay: StateOverlay,
    environment: SimulationEnvironment,
    limit: TimeLimit,
    reportTouched = false,
  ): Promise<Execution> {
    const { evm, state } = this;
    this.begin(overlay, environment, limit);
    const from = new Address(message.from);
    const sender = (await state.getAccount(from)) ?? new Account();
    const prices = this.prices(message, environment);
    const entry = enterMessage(message, sender.balance, prices, this.fork);
    this.warm(message, environment, reportTouched);
    sender.nonce += 1n;
    sender.balance -= message.gas * message.gasPrice;
    await evm.journal.putAccount(from, sender);
    const { authorizationList = [] } = message;
    const authorizationRefund = await applyAuthorizations(authorizationList, evm, state, this.chainId);
    const result = await this.runMessage(message, from, entry.gas, headerOf(environment, prices));
    limit.expectInTime();
    return this.execution(result, message.gas - entry.gas, entry.floor, authorizationRefund);
  }

  private begin(overlay: StateOverlay, environment: SimulationEnvironment, limit: TimeLimit): void {
    const { evm } = this;
    this.clock.limit = limit;
    if (evm instanceof LaneEvm) {
      evm.pacer = limit;
      evm.lastFault = undefined;
    }
    this.state.begin(overlay, NO_FEE_RECIPIENT);
    this.blocks.begin(overlay, environment);
    evm.journal.cleanJournal();
    evm.transientStorage.clear();
    delete evm.journal.accessList;
  }

  private runMessage(
    message: Message,
    caller: Address,
    gasLimit: bigint,
    header: Header,
  ): Promise<EVMResult> {
    const { evm } = this;
    const { to, gasPrice, value, data, blobHashes = [] } = message;
    const block = { header };
    if (evm instanceof LaneEvm && to !== undefined && blobHashes.length === 0) {
      return evm.runTransactionMessage({
        caller,
        to: new Address(to),
        gasLimit,
        gasPrice,
        value,
        data,
        block,
      });
    }
    return evm.runCall({
      caller,
      ...(to === undefined ? {} : { to: new Address(to) }),
      gasLimit,
      gasPrice,
      value,
      data,
      skipNonceIncrement: true,
      block,
      blobVersionedHashes: blobHashes.map((hash) => bytesToHex(hash)),
    });
  }

  private execution(
    { execResult, createdAddress }: EVMResult,
    intrinsic: bigint,
    floor: bigint,
    authorizationRefund: bigint,
  ): Execution {
    const atLeastFloor = (gas: bigint) => (gas > floor ? gas : floor);
    const spent = intrinsic + execResult.executionGasUsed;
    const refund = authorizationRefund + (execResult.gasRefund ?? 0n);
    const most = spent / this.fork.maxRefundQuotient;
    const created = new Set<string>(execResult.createdAddresses);
    if (createdAddress !== undefined) created.add(createdAddress.toString());
    return {
      gasUsed: atLeastFloor(spent - (refund < most ? refund : most)),
      maxGasUsed: atLeastFloor(spent),
      returnData: execResult.returnValue,
      logs: (execResult.logs ?? []).map(([address, topics, data]): Log => ({ address, topics, data })),
      failure: execResult.exceptionError?.error,
      fault: this.evm instanceof LaneEvm ? this.evm.lastFault : undefined,
      touched: this.touched(),
      created,
    };
  }

  /** EIP-2929, 2930 and 3651. */
  private warm(message: Message, environment: SimulationEnvironment, report: boolean): void {
    const { fork } = this;
    const { journal } = this.evm;
    if (report) journal.startReportingAccessList();
    if (!fork.hasWarmth) return;
    for (const address of this.evm.precompiles.keys()) journal.addAlwaysWarmAddress(address);
    journal.addAlwaysWarmAddress(bytesToHex(message.from));
    if (message.to !== undefined) journal.addAlwaysWarmAddress(bytesToHex(message.to));
    if (fork.warmsFeeRecipient) journal.addAlwaysWarmAddress(bytesToHex(environment.coinbase));
    for (const { address, storageKeys } of message.accessList) {
      const hex = bytesToHex(address);
      journal.addAlwaysWarmAddress(hex, true);
      for (const key of storageKeys) journal.addAlwaysWarmSlot(hex, bytesToHex(key), true);
    }
  }

  private touched(): AccessListEntry[] {
    const list: AccessListEntry[] = [];
    for (const [address, slots] of this.evm.journal.accessList ?? []) {
      list.push({ address: hexToBytes(address), storageKeys: [...slots].map(hexToBytes) });
    }
    return list;
  }
}

/** What the stock interpreter has of the time. */
class Clock {
  limit: TimeLimit | undefined;
  private jumps = 0;

  readonly jumpDestination: NonNullable<EVMOpts["customOpcodes"]>[number] = {
    opcode: JUMPDEST,
    opcodeName: "JUMPDEST",
    baseFee: 1,
    logicFunction: () => (++this.jumps % JUMPS_A_LOOK === 0 ? this.look() : DONE),
  };

  private async look(): Promise<void> {
    await this.limit?.pace();
  }
}

const DONE: Promise<void> = Promise.resolve();

/** What an EVM is told to have its precompiles elsewhere. */
export function customPrecompilesOf(
  evm: EVM,
  { removed, moved }: PrecompileMoves,
): NonNullable<EVMOpts["customPrecompiles"]> {
  const added = moved.flatMap(({ from, to }) => {
    const run: PrecompileFunc | undefined = evm.getPrecompile(new Address(from));
    return run === undefined ? [] : [{ address: new Address(to), function: run }];
  });
  return [...removed.map((address) => ({ address: new Address(address) })), ...added];
}

type Header = NonNullable<Parameters<EVM["runCall"]>[0]["block"]>["header"];

function headerOf(environment: SimulationEnvironment, { baseFee, blobBaseFee }: Prices): Header {
  return {
    number: BigInt(environment.number),
    coinbase: new Address(environment.coinbase),
    timestamp: BigInt(environment.timestamp),
    difficulty: environment.difficulty ?? 0n,
    prevRandao: environment.prevRandao,
    gasLimit: environment.gasLimit,
    baseFeePerGas: baseFee,
    getBlobGasPrice: () => blobBaseFee,
  };
}

/** BLOCKHASH: from the environment where it brings hashes, else from EIP-2935's ring in the state. */
class BlockHashLookup implements EVMMockBlockchainInterface {
  private overlay: StateOverlay | undefined;
  private known: ReadonlyMap<number, Uint8Array> | undefined;

  begin(overlay: StateOverlay, { blockHashes }: SimulationEnvironment): void {
    this.overlay = overlay;
    this.known = blockHashes;
  }

  getBlock(number: number): Promise<{ hash(): Uint8Array }> {
    const hash = this.hash(number);
    return Promise.resolve({ hash: () => hash });
  }

  putBlock(): Promise<void> {
    return Promise.resolve();
  }

  shallowCopy(): EVMMockBlockchainInterface {
    return this;
  }

  private hash(number: number): Uint8Array {
    if (this.known !== undefined) return this.known.get(number) ?? new Uint8Array(32);
    return this.overlay === undefined ? new Uint8Array(32) : recentBlockHash(this.overlay, number);
  }
}
