import type { Block, BlockHeader, ChainConfig, L1Prices, Log, Withdrawal } from "../../../protocol/index.ts";
import type { ChainRules } from "../../engine/chainRules.ts";
import type { ReadState } from "../../readers/types.ts";
import type { AccountOverride, BlockOverrides } from "../overrides.ts";
import type { CallRequest } from "../types.ts";

/** What a simulated block is taken to be; what is left out follows from its parent. */
export interface SimulatedBlockOverrides extends Omit<BlockOverrides, "withdrawals"> {
  withdrawals?: Withdrawal[];
}

/** A block as it is asked for. */
export interface SimulatedBlockRequest {
  overrides: SimulatedBlockOverrides;
  stateOverrides: AccountOverride[];
  calls: CallRequest[];
}

/** A block with its place in the chain. */
export interface PlannedBlock extends SimulatedBlockRequest {
  number: number;
  /** Seconds. */
  timestamp: number;
}

/** What blocks of this chain owe to their parents and to L1. */
export interface SimulatedChain {
  chainId: number;
  baseFee: Pick<ChainConfig, "baseFeeFloor" | "baseFeeElasticity" | "baseFeeChangeDenominator">;
  /** What L1Block holds, on Braid's own chains: the base fee follows them. */
  l1Prices: L1Prices | undefined;
  /** EIP-6110, 20 bytes. */
  depositContract: Uint8Array | undefined;
  /** EIP-7002 and 7251: a block without their contracts is no block. Braid's own chains do without. */
  needsRequestContracts: boolean;
  /** See BlockEnvironment. */
  collectsBaseFee: boolean;
}

export interface SimulateBlocksParams {
  /** After the base block. */
  state: ReadState;
  base: { header: BlockHeader; hash: Uint8Array };
  /** Of the blocks before the base block, for BLOCKHASH; without it, EIP-2935's ring in the state is asked. */
  blockHashes: ReadonlyMap<number, Uint8Array> | undefined;
  chain: SimulatedChain;
  /** In order, without gaps. */
  blocks: (PlannedBlock & { rules: ChainRules })[];
  /** Transactions must be able to stand in a block: nonces, funds and base fee count. */
  validation: boolean;
  /** Transfers of ether show as logs of ERC-7528's address. */
  traceTransfers: boolean;
  /** Gas of all calls together. */
  gasCap: bigint;
  /** Bytes of the answer, as JSON. */
  maxBytes: number;
}

export interface SimulatedLog {
  log: Log;
  /** Its place among all that the block's calls logged, also in frames that failed. */
  index: number;
}

export interface SimulatedCall {
  /** Empty after a failure. */
  returnData: Uint8Array;
  logs: SimulatedLog[];
  gasUsed: bigint;
  /** Before refunds. */
  maxGasUsed: bigint;
  /** Undefined after success. */
  error: { code: number; message: string; data?: Uint8Array } | undefined;
}

/** `calls[i]` is how `block.transactions[i]` ran. */
export interface SimulatedBlock {
  block: Block;
  calls: SimulatedCall[];
}
