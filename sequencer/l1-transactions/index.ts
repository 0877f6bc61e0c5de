export { createBlobMaker, type MakeBlobs } from "./blobs/createBlobMaker.ts";
export { createSidecarVersion } from "./blobs/createSidecarVersion.ts";
export { createBroadcaster } from "./broadcaster.ts";
export { GAS_PER_BLOB, marketFees, type PriceCeiling } from "./feePolicy.ts";
export { attempt, createL1Client, type L1Client } from "./l1Client.ts";
export { L1Error, SignerError, shortReason } from "./l1Error.ts";
export { localSigner } from "./localSigner.ts";
export { remoteSigner } from "./remoteSigner.ts";
export { createTransactionManager, type SyncResult, type TransactionManager } from "./transactionManager.ts";
export { createTransactionMetrics, type TransactionMetrics } from "./transactionMetrics.ts";
export { createTransactionStore, type TransactionStore } from "./transactionStore.ts";
export type {
  BlobSidecar,
  HoldReason,
  L1Call,
  L1Log,
  L1Prices,
  L1Signer,
  L1View,
  SidecarVersion,
  StoredTransaction,
  WantedTransaction,
} from "./types.ts";
