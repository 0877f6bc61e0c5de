import type { ChainStore } from "../chain-store/types.ts";

/** What the RPC reads of a chain: of PostgreSQL, of an imported chain, or of a verifier's archive. */
export type ChainReader = Pick<
  ChainStore,
  | "head"
  | "safeBlock"
  | "finalizedBlock"
  | "blockByNumber"
  | "blockByHash"
  | "headerByNumber"
  | "transactionByHash"
  | "receiptByHash"
  | "logs"
  | "accountTransactions"
  | "blockExecution"
  | "blockAccessList"
  | "contendedLocations"
  | "rejection"
  | "lastBatch"
  | "batchByNumber"
  | "batchData"
  | "batchOfBlock"
  | "countUnposted"
  | "firstRefusal"
>;
