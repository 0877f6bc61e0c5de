export { archiveSource } from "./archiveSource.ts";
export { type ExportBlocksOptions, type ExportedBlocks, exportBlocks } from "./exportBlocks.ts";
export { ExportError } from "./exportError.ts";
export type { ExportedGenesis, ExportSource } from "./exportSource.ts";
export { exportGenesis, genesisJson } from "./genesisJson.ts";
export { type RpcSourceOptions, rpcSource } from "./rpcSource.ts";
