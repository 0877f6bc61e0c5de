import { Block as BlockOf, type Block as VmBlock } from "@ethereumjs/block";
import { type Block, bytesEqual, bytesToHex } from "../../protocol/index.ts";
import type { StateStore } from "../state/stateStore.ts";
import { EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { TrieCommitter } from "../trie/commitStateDiff.ts";
import { BlockRunner } from "./blockRunner.ts";
import { decodeBlock } from "./decodeBlock.ts";
import { createEthereumForks, type EthereumForks } from "./ethereumForks.ts";
import { type EthereumGenesis, readGenesis } from "./ethereumGenesis.ts";
import { genesisHeader } from "./genesisHeader.ts";
import { ImportError } from "./importError.ts";
import { toBlock } from "./importedBlock.ts";
import { peekHeader, readChainFile } from "./readChainFile.ts";

export interface ChainFiles {
  /** geth's genesis format, JSON. */
  genesis: string;
  /** Concatenated RLP of the blocks, with or without block 0. */
  chain: string;
}

export interface ImportProgress {
  block: number;
  /** Of the chain file. */
  bytes: number;
  totalBytes: number;
}

export interface ChainImport {
  genesis: EthereumGenesis;
  forks: EthereumForks;
  /**
   * Runs and yields block after block, genesis first. When a block is yielded, the store's head is that block.
   * Throws BadBlockError at the first one that is not what its header says.
   */
  blocks(onProgress?: (progress: ImportProgress) => void): AsyncGenerator<Block>;
}

/** Opens an Ethereum chain for import into an empty state store. Throws ImportError, and ReplayInputError for the genesis. */
export function openChainImport(files: ChainFiles, store: StateStore): ChainImport {
  const genesis = readGenesis(files.genesis);
  const forks = createEthereumForks(genesis, findMerge(files.chain, genesis));
  return {
    genesis,
    forks,
    blocks: (onProgress) => importBlocks(files.chain, genesis, forks, store, onProgress),
  };
}

/** Number of the first block without difficulty, looked for in the whole chain. */
function findMerge(chain: string, { header, config }: EthereumGenesis): number | undefined {
  if (BigInt(header.difficulty) === 0n && isZero(config["terminalTotalDifficulty"])) return 0;
  let last = 0;
  for (const { raw } of readChainFile(chain)) {
    const { number, difficulty } = peekHeader(raw);
    if (number > 0 && difficulty === 0n) return number;
    last = number;
  }
  // A chain that is to merge and has not yet: the next block could be the first.
  return config["terminalTotalDifficulty"] === undefined ? undefined : last + 1;
}

const isZero = (value: unknown) => value === 0 || value === "0" || value === "0x0";

async function* importBlocks(
  file: string,
  genesis: EthereumGenesis,
  forks: EthereumForks,
  store: StateStore,
  onProgress: ((progress: ImportProgress) => void) | undefined,
): AsyncGenerator<Block> {
  if (store.head() !== undefined)
    throw new ImportError("the data folder holds a state already", {
      hint: "Name an empty folder with --data.",
    });
  const first = await importGenesis(genesis, forks, store);
  yield toBlock(first, first.serialize(), []);
  const runner = await BlockRunner.create(forks, store, first.header);
  for (const { raw, end, fileBytes } of readChainFile(file)) {
    const peeked = peekHeader(raw);
    if (peeked.number === 0) {
      checkSameGenesis(raw, first, forks);
      continue;
    }
    yield await runner.run(raw, peeked.number);
    onProgress?.({ block: peeked.number, bytes: end, totalBytes: fileBytes });
  }
}

async function importGenesis(
  genesis: EthereumGenesis,
  forks: EthereumForks,
  store: StateStore,
): Promise<VmBlock> {
  const { stateDiff } = genesis;
  const { stateRoot, storageRoots, nodes } = new TrieCommitter(store).commit(
    EMPTY_TRIE_ROOT,
    () => undefined,
    stateDiff,
  );
  const header = genesisHeader(genesis, stateRoot, forks.common());
  const withdrawals = header.common.isActivatedEIP(4895) ? [] : undefined;
  const block = new BlockOf(header, [], [], withdrawals, { common: header.common });
  await store.commit({
    block: toBlock(block, block.serialize(), []),
    stateDiff,
    trieNodes: nodes,
    storageRoots,
  });
  return block;
}

function checkSameGenesis(raw: Uint8Array, genesis: VmBlock, forks: EthereumForks): void {
  const given = decodeBlock(raw, 0, forks);
  if (bytesEqual(given.hash(), genesis.hash())) return;
  throw new ImportError(
    `block 0 of the chain file is ${bytesToHex(given.hash())}, the genesis file makes ${bytesToHex(genesis.hash())}`,
    { hint: "The files belong to different chains." },
  );
}
