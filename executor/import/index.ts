export {
  buildPayload,
  type Payload,
  type PayloadAttributes,
  PayloadTransactionError,
} from "./buildPayload.ts";
export type { EthereumForks } from "./ethereumForks.ts";
export type { EthereumGenesis } from "./ethereumGenesis.ts";
export { type ChainFiles, type ChainImport, type ImportProgress, openChainImport } from "./importChain.ts";
export { BadBlockError, ImportError } from "./importError.ts";
