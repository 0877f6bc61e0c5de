import path from "node:path";
import { type ChainFiles, type ImportProgress, openChainImport, StateStore } from "../../executor/index.ts";
import { type Closers, type Config, createClosers, type Logger } from "../../infra/index.ts";
import { type Block, type ChainConfig, InvariantError } from "../../protocol/index.ts";
import { contentBySender } from "../mempool/index.ts";
import { serveChain } from "../read-node/serveChain.ts";
import { parseForkConfig } from "../rpc/forks/forkConfig.ts";
import { methods } from "../rpc/methods/index.ts";
import type { RunningRole } from "../runningRole.ts";
import { createEthereumAdmission } from "./ethereumAdmission.ts";
import { createHeldTransactions } from "./heldTransactions.ts";
import { createImportedChain, type ImportedChain } from "./importedChain.ts";
import { buildBlockMethod } from "./testing_buildBlockV1.ts";

export interface EthereumChainOptions {
  files: ChainFiles;
  /** Holds no state yet; gets one. */
  dataDir: string;
  config: Config;
  logger: Logger;
  onProgress?: (progress: ImportProgress) => void;
  /** Stops the import. */
  signal?: AbortSignal;
}

const ZERO_ADDRESS = new Uint8Array(20);

/**
 * Imports an Ethereum chain and serves the RPC over it. All blocks are safe and finalized: nothing comes after them.
 * Throws BadBlockError at the first block that is not what its header says.
 */
export async function startEthereumChain(options: EthereumChainOptions): Promise<RunningRole> {
  const closers = createClosers();
  try {
    return await start(options, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function start(options: EthereumChainOptions, closers: Closers): Promise<RunningRole> {
  const { config, logger } = options;
  const stateDirectory = path.join(options.dataDir, "state");
  const store = StateStore.open(stateDirectory);
  closers.add(() => store.close());
  const imported = openChainImport(options.files, store);
  const chain = createImportedChain();
  const head = await importAll(imported, chain, options);

  const { number } = head.header;
  const chainConfig = configOf(imported.genesis.chainId, head);
  const nonceOf = (sender: Uint8Array) => store.reader().account(sender)?.nonce ?? 0n;
  const pool = createHeldTransactions(nonceOf);
  const buildBlock = buildBlockMethod({ forks: imported.forks, store, pool });
  const { url } = await serveChain(
    {
      chain,
      store,
      stateDirectory,
      chainConfig,
      forkConfig: parseForkConfig(imported.genesis.config),
      mempool: pool,
      admission: createEthereumAdmission({ mempool: pool, state: store.reader(), config: chainConfig }),
      pending: pool,
      pool: {
        async now() {
          const held = pool.all();
          return { size: held.length, content: () => contentBySender(held, nonceOf) };
        },
      },
      rulesAt: (header) => imported.forks.rulesAt(header),
      blockHashes: (header) => blockHashesBefore(chain, header.number),
      methods: new Map([...methods, [buildBlock.name, buildBlock]]),
    },
    { config, logger, closers },
  );
  return {
    info: {
      rpcUrl: url,
      wsUrl: url.replace(/^http/, "ws"),
      chainId: String(chainConfig.chainId),
      head: String(number),
    },
    stop: () => closers.closeAll(),
  };
}

async function importAll(
  imported: ReturnType<typeof openChainImport>,
  chain: ImportedChain,
  { onProgress, signal }: EthereumChainOptions,
): Promise<Block> {
  let head: Block | undefined;
  for await (const block of imported.blocks(onProgress)) {
    signal?.throwIfAborted();
    chain.add(block);
    head = block;
  }
  if (head === undefined) throw new InvariantError("an import ended without its genesis block");
  return head;
}

const BLOCK_HASHES = 256;

/** EVM: BLOCKHASH answers for the 256 blocks before. */
async function blockHashesBefore(
  chain: ImportedChain,
  number: number,
): Promise<ReadonlyMap<number, Uint8Array>> {
  const hashes = new Map<number, Uint8Array>();
  for (let before = Math.max(0, number - BLOCK_HASHES); before < number; before++) {
    const found = await chain.headerByNumber(before);
    if (found !== undefined) hashes.set(before, found.hash);
  }
  return hashes;
}

/** What Braid's own chains fix at genesis, as an Ethereum chain has it. */
function configOf(chainId: number, head: Block): ChainConfig {
  return {
    chainId,
    gasLimit: head.header.gasLimit,
    baseFeeFloor: 0n,
    baseFeeElasticity: 2n,
    baseFeeChangeDenominator: 8n,
    feeRecipient: ZERO_ADDRESS,
  };
}
