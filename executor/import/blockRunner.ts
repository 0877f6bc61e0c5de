import type { Block as VmBlock, BlockHeader as VmHeader } from "@ethereumjs/block";
import type { EVMMockBlockchainInterface } from "@ethereumjs/evm";
import { createVM, runBlock, type VM } from "@ethereumjs/vm";
import { type Block, bytesToHex } from "../../protocol/index.ts";
import type { StateStore } from "../state/stateStore.ts";
import { checkHeader } from "./checkHeader.ts";
import { decodeBlock } from "./decodeBlock.ts";
import type { EthereumForks } from "./ethereumForks.ts";
import { BadBlockError } from "./importError.ts";
import { toBlock } from "./importedBlock.ts";
import { ImportState } from "./importState.ts";

/** What EthereumJS asks a blockchain for: hashes by number, for BLOCKHASH. */
export function chainOfHashes(hashes: ReadonlyMap<number, Uint8Array>): EVMMockBlockchainInterface {
  const chain: EVMMockBlockchainInterface = {
    getBlock: (number) => Promise.resolve({ hash: () => hashes.get(Number(number)) ?? new Uint8Array(32) }),
    putBlock: () => Promise.resolve(),
    shallowCopy: () => chain,
  };
  return chain;
}

const BLOCK_HASHES = 256;

/** Runs blocks one after the other and makes each the store's head. */
export class BlockRunner {
  private readonly forks: EthereumForks;
  private readonly store: StateStore;
  private readonly state: ImportState;
  private readonly vm: VM;
  private readonly hashes: Map<number, Uint8Array>;
  private parent: VmHeader;

  private constructor(parts: {
    forks: EthereumForks;
    store: StateStore;
    state: ImportState;
    vm: VM;
    hashes: Map<number, Uint8Array>;
    parent: VmHeader;
  }) {
    this.forks = parts.forks;
    this.store = parts.store;
    this.state = parts.state;
    this.vm = parts.vm;
    this.hashes = parts.hashes;
    this.parent = parts.parent;
  }

  static async create(forks: EthereumForks, store: StateStore, genesis: VmHeader): Promise<BlockRunner> {
    const common = forks.common();
    const state = new ImportState(store, common);
    const hashes = new Map([[0, genesis.hash()]]);
    const vm = await createVM({
      common,
      stateManager: state,
      blockchain: chainOfHashes(hashes),
      setHardfork: true,
    });
    return new BlockRunner({ forks, store, state, vm, hashes, parent: genesis });
  }

  async run(raw: Uint8Array, number: number): Promise<Block> {
    const block = decodeBlock(raw, number, this.forks);
    checkHeader(block.header, this.parent);
    checkBody(block);
    await this.state.begin(this.parent.stateRoot);
    const { results } = await this.execute(block);
    const writes = await this.state.writes();
    const imported = toBlock(block, raw, results);
    await this.store.commit({ block: imported, ...writes });
    this.parent = block.header;
    this.hashes.set(number, block.hash());
    this.hashes.delete(number - BLOCK_HASHES);
    return imported;
  }

  private async execute(block: VmBlock) {
    try {
      return await runBlock(this.vm, { block, skipHeaderValidation: true, validateBlockSize: true });
    } catch (cause) {
      throw badBlock(block, cause);
    }
  }
}

function checkBody(block: VmBlock): void {
  const { header } = block;
  const named = { number: Number(header.number), hash: bytesToHex(block.hash()) };
  const blobGas = header.blobGasUsed;
  if (blobGas !== undefined && blobGas > header.common.getBlobGasSchedule().maxBlobGasPerBlock) {
    throw new BadBlockError(named, "blobGasUsed", `${blobGas} is more than the fork's maximum`);
  }
  if (block.uncleHeaders.length > 2) throw new BadBlockError(named, "uncles", "more than two");
}

/** What EthereumJS' complaints are about, by their words. */
const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/receiptTrie/, "receiptsRoot"],
  [/invalid bloom/, "logsBloom"],
  [/stateRoot/, "stateRoot"],
  [/requestsHash/, "requestsHash"],
  [/invalid gasUsed/, "gasUsed"],
  [/transaction trie/, "transactionsRoot"],
  [/uncle hash/, "sha3Uncles"],
  [/withdrawals trie/, "withdrawalsRoot"],
  [/blobGasUsed/, "blobGasUsed"],
];

function badBlock(block: VmBlock, cause: unknown): BadBlockError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const field = FIELDS.find(([words]) => words.test(message))?.[1] ?? "transactions";
  const named = { number: Number(block.header.number), hash: bytesToHex(block.hash()) };
  return new BadBlockError(named, field, message.replace(/ \(vm hf=.*$/s, ""), cause);
}
