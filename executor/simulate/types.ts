import type { AccessListEntry, Authorization, Log } from "../../protocol/index.ts";
import type { ReadScene } from "../readers/types.ts";
import type { AccountOverride, BlockOverrides } from "./overrides.ts";

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
  /** Calls do not look at it: a creation's address comes of the account's own nonce. */
  nonce?: bigint;
  /** Must be the chain's. */
  chainId?: bigint;
  accessList?: AccessListEntry[];
  authorizationList?: Authorization[];
  maxFeePerBlobGas?: bigint;
  /** 32 bytes each. */
  blobVersionedHashes?: Uint8Array[];
}

/** What the jobs of this folder are asked. */
export interface SimulationParams {
  scene: ReadScene;
  request: CallRequest;
  stateOverrides?: AccountOverride[];
  blockOverrides?: BlockOverrides;
  /** Most gas that one run may use. */
  gasCap: bigint;
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
