import { createEVM, type EVM, type EVMMockBlockchainInterface, type EVMOpts } from "@ethereumjs/evm";
import { Account, Address } from "@ethereumjs/util";
import { type AccessListEntry, BraidError, bytesToHex, hexToBytes, type Log } from "../../protocol/index.ts";
import { applyAuthorizations } from "../engine/applyAuthorizations.ts";
import { braidRules } from "../engine/chainRules.ts";
import { LaneCommon } from "../engine/laneCommon.ts";
import { RecordingState } from "../engine/recordingState.ts";
import { StateOverlay } from "../engine/stateOverlay.ts";
import type { StateReader } from "../state/types.ts";
import { enterTransaction, type Message } from "./message.ts";
import { TimeLimit } from "./timeLimit.ts";
import type { BlockEnvironment } from "./types.ts";

const REFUND_QUOTIENT = 5n;
const JUMPDEST = 0x5b;
/** No account: the recording state's special case for the fee step has no place here. */
const NO_FEE_RECIPIENT = "";

/** How a simulated transaction ended. */
export interface Execution {
  /** As the receipt would show it. */
  gasUsed: bigint;
  returnData: Uint8Array;
  logs: Log[];
  /** EthereumJS' word for the failure; undefined after success. */
  failure: string | undefined;
  /** Locations that were cold when touched, with the declared ones. */
  touched: AccessListEntry[];
  /** `0x…` addresses of contracts that the transaction created. */
  created: Set<string>;
}

/**
 * One EVM that runs one simulation at a time on the state manager of the lanes, then forgets it.
 *
 * It repeats what `runTx` does around the message, because `runTx` refuses what a call may do: gas above EIP-7825's
 * cap, senders with code, no fees. Every loop of EVM code passes a JUMPDEST: there the time limit is looked at and
 * the event loop gets its turn, so that a long call neither hangs nor starves the process.
 */
export class SimulationVm {
  private readonly evm: EVM;
  private readonly state: RecordingState;
  private readonly blocks: BlockHashLookup;
  private readonly limit: TimeLimit;
  private readonly chainId: number;

  private constructor(
    evm: EVM,
    state: RecordingState,
    blocks: BlockHashLookup,
    limit: TimeLimit,
    chainId: number,
  ) {
    this.evm = evm;
    this.state = state;
    this.blocks = blocks;
    this.limit = limit;
    this.chainId = chainId;
  }

  static async create(chainId: number): Promise<SimulationVm> {
    const state = new RecordingState();
    const blocks = new BlockHashLookup();
    const limit = new TimeLimit();
    const checkpoint: NonNullable<EVMOpts["customOpcodes"]>[number] = {
      opcode: JUMPDEST,
      opcodeName: "JUMPDEST",
      baseFee: 1,
      logicFunction: () => limit.check(),
    };
    const evm = await createEVM({
      common: new LaneCommon(braidRules(chainId)),
      stateManager: state,
      blockchain: blocks,
      customOpcodes: [checkpoint],
    });
    evm.events.on("beforeMessage", () => limit.expectInTime());
    return new SimulationVm(evm, state, blocks, limit, chainId);
  }

  /** Failures of the EVM are part of the answer; everything else is thrown. The next run starts clean either way. */
  async run(
    message: Message,
    reader: StateReader,
    environment: BlockEnvironment,
    deadline: number,
  ): Promise<Execution> {
    const { evm, state } = this;
    state.begin(new StateOverlay(reader), NO_FEE_RECIPIENT);
    this.limit.begin(deadline);
    this.blocks.environment = environment;
    evm.journal.cleanJournal();
    evm.transientStorage.clear();
    evm.journal.startReportingAccessList();
    const sender = (await state.getAccount(new Address(message.from))) ?? new Account();
    const entry = enterTransaction(message, sender.balance);
    this.warm(message, environment);
    sender.nonce = (message.nonce ?? sender.nonce) + 1n;
    sender.balance -= message.gas * message.gasPrice;
    await evm.journal.putAccount(new Address(message.from), sender);
    const authorizationRefund = await applyAuthorizations(
      message.authorizationList,
      evm,
      state,
      BigInt(this.chainId),
    );
    const { execResult, createdAddress } = await evm.runCall({
      caller: new Address(message.from),
      ...(message.to === undefined ? {} : { to: new Address(message.to) }),
      gasLimit: entry.gas,
      gasPrice: message.gasPrice,
      value: message.value,
      data: message.data,
      skipNonceIncrement: true,
      block: block(environment, message.baseFee),
    });
    this.limit.expectInTime();
    const spent = message.gas - entry.gas + execResult.executionGasUsed;
    const refund = authorizationRefund + (execResult.gasRefund ?? 0n);
    const refunded = spent - (refund < spent / REFUND_QUOTIENT ? refund : spent / REFUND_QUOTIENT);
    const created = new Set<string>(execResult.createdAddresses);
    if (createdAddress !== undefined) created.add(createdAddress.toString());
    return {
      gasUsed: refunded > entry.floor ? refunded : entry.floor,
      returnData: execResult.returnValue,
      logs: (execResult.logs ?? []).map(([address, topics, data]): Log => ({ address, topics, data })),
      failure: execResult.exceptionError?.error,
      touched: this.touched(),
      created,
    };
  }

  /** EIP-2929, 2930 and 3651. */
  private warm(message: Message, environment: BlockEnvironment): void {
    const { journal, precompiles } = this.evm;
    for (const address of precompiles.keys()) journal.addAlwaysWarmAddress(address);
    journal.addAlwaysWarmAddress(bytesToHex(message.from));
    if (message.to !== undefined) journal.addAlwaysWarmAddress(bytesToHex(message.to));
    journal.addAlwaysWarmAddress(bytesToHex(environment.coinbase));
    for (const { address, storageKeys } of message.accessList) {
      const hex = bytesToHex(address);
      journal.addAlwaysWarmAddress(hex, true);
      for (const key of storageKeys) journal.addAlwaysWarmSlot(hex, bytesToHex(key), true);
    }
  }

  /** `0x…` addresses that are never declared: they are warm for everyone. */
  precompiles(): Set<string> {
    return new Set([...this.evm.precompiles.keys()].map((address) => `0x${address}`));
  }

  private touched(): AccessListEntry[] {
    const list: AccessListEntry[] = [];
    for (const [address, slots] of this.evm.journal.accessList ?? []) {
      list.push({ address: hexToBytes(address), storageKeys: [...slots].map(hexToBytes) });
    }
    return list;
  }
}

function block(environment: BlockEnvironment, baseFee: bigint) {
  return {
    header: {
      number: BigInt(environment.number),
      coinbase: new Address(environment.coinbase),
      timestamp: BigInt(environment.timestamp),
      difficulty: 0n,
      prevRandao: environment.prevRandao,
      gasLimit: environment.gasLimit,
      baseFeePerGas: baseFee,
      getBlobGasPrice: () => 1n,
    },
  };
}

/** BLOCKHASH, answered by the environment of the simulation that runs. */
class BlockHashLookup implements EVMMockBlockchainInterface {
  environment: BlockEnvironment | undefined;

  getBlock(number: number): Promise<{ hash(): Uint8Array }> {
    if (this.environment === undefined) {
      return Promise.reject(new BraidError("SIMULATION_NOT_BEGUN", "BLOCKHASH asked outside a simulation"));
    }
    const hash = this.environment.blockHash(number) ?? new Uint8Array(32);
    return Promise.resolve({ hash: () => hash });
  }

  putBlock(): Promise<void> {
    return Promise.resolve();
  }

  shallowCopy(): EVMMockBlockchainInterface {
    return this;
  }
}
