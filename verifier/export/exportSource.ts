import type { BlockHeader, ChainConfig, GenesisAccount } from "../../protocol/index.ts";

/** What a genesis file is made of. */
export interface ExportedGenesis {
  config: ChainConfig;
  header: BlockHeader;
  /** By address. */
  accounts: GenesisAccount[];
}

/** Where the blocks of an export come from. */
export interface ExportSource {
  /** Number of the last block. */
  head(): Promise<number>;
  /** RLP of blocks, both borders included, in order. */
  blocks(first: number, last: number): AsyncIterable<Uint8Array>;
  /** Hash of block 0, 32 bytes. */
  genesisHash(): Promise<Uint8Array>;
  genesis(): Promise<ExportedGenesis>;
}
