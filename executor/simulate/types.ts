import type { AccessListEntry, Authorization, Log } from "../../protocol/index.ts";
import type { StateReader } from "../state/types.ts";

/** A transaction that is not signed, as `eth_call` and its relatives take it. Amounts in wei. */
export interface CallRequest {
  /** 20 bytes; the zero address when left out. */
  from?: Uint8Array;
  /** 20 bytes; left out = contract creation. */
  to?: Uint8Array;
  gas?: bigint;
  gasPrice?: bigint;
  maxFeePerGas?: bigint;
  maxPriorityFeePerGas?: bigint;
  value?: bigint;
  data?: Uint8Array;
  /** Decides the address of a creation; the account's own nonce when left out. */
  nonce?: bigint;
  accessList?: AccessListEntry[];
  authorizationList?: Authorization[];
}

/** The block in which a simulated transaction believes to be. */
export interface BlockEnvironment {
  number: number;
  /** Seconds. */
  timestamp: number;
  baseFeePerGas: bigint;
  gasLimit: bigint;
  /** 20 bytes. */
  coinbase: Uint8Array;
  /** 32 bytes. */
  prevRandao: Uint8Array;
  /** 32 bytes. */
  parentBeaconBlockRoot: Uint8Array;
  /** 32 bytes; undefined when unknown. Asked for the 256 blocks before `number` only. */
  blockHash(number: number): Uint8Array | undefined;
}

export interface CallResult {
  /** What the call returned; for a creation the code. */
  returnData: Uint8Array;
  /** Gas as a receipt would show it: refunds taken off, calldata floor applied. */
  gasUsed: bigint;
  logs: Log[];
}

export interface AccessListResult {
  accessList: AccessListEntry[];
  /** Gas used with that list declared. */
  gasUsed: bigint;
  /** Set when the transaction would fail: geth's wording. */
  error?: string;
}

/**
 * Runs unsigned transactions on a state without changing it.
 *
 * Failures are thrown as {@link ExecutionRevertedError} or {@link SimulationError}, worded as geth words them.
 * `state` must stay open until the promise settles.
 */
export interface Simulator {
  call(request: CallRequest, state: StateReader, environment: BlockEnvironment): Promise<CallResult>;
  estimateGas(request: CallRequest, state: StateReader, environment: BlockEnvironment): Promise<bigint>;
  createAccessList(
    request: CallRequest,
    state: StateReader,
    environment: BlockEnvironment,
  ): Promise<AccessListResult>;
}
