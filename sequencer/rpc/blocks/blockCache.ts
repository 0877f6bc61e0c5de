import { LRUCache } from "lru-cache";
import { type Block, type BlockHeader, bytesToHex } from "../../../protocol/index.ts";
import type { ChainStore } from "../../chain-store/types.ts";

export interface TransactionPlace {
  block: Block;
  index: number;
}

/** Recent blocks in memory in front of the chain store, found by number, by hash and by transaction. */
export interface BlockCache {
  add(block: Block): void;
  /** The chain was rolled back: blocks after that one are no longer of it. */
  forgetAfter(number: number): void;
  byNumber(number: number): Promise<Block | undefined>;
  byHash(hash: Uint8Array): Promise<Block | undefined>;
  headerByNumber(number: number): Promise<{ header: BlockHeader; hash: Uint8Array } | undefined>;
  /** Only what is in memory. */
  cached(number: number): Block | undefined;
  /** Only what is in memory. `hash`: 0x-hex, lower case. */
  findTransaction(hash: string): TransactionPlace | undefined;
  /** Hashes of a block's transactions as 0x-hex, in order; computed once for each cached block. */
  transactionHashes(block: Block): string[];
}

/** Decoded objects take about this much more than the bytes that they were decoded from. */
const BYTES_PER_TRANSACTION = 2500;

/**
 * Blocks stay as they are once they are in the chain store, unless the chain is rolled back: then `forgetAfter` takes
 * them out, and what was being read meanwhile is not kept. The bound is on bytes.
 */
export function createBlockCache(
  chain: Pick<ChainStore, "blockByNumber" | "blockByHash" | "headerByNumber">,
  maxBytes: number,
): BlockCache {
  const numberByHash = new Map<string, number>();
  const placeByTransaction = new Map<string, { block: number; index: number }>();
  const hashes = new WeakMap<Block, string[]>();

  function transactionHashes(block: Block): string[] {
    const known = hashes.get(block);
    if (known !== undefined) return known;
    const made = block.transactions.map((transaction) => bytesToHex(transaction.hash));
    hashes.set(block, made);
    return made;
  }

  const blocks = new LRUCache<number, Block>({
    maxSize: maxBytes,
    sizeCalculation: (block) => block.size + 4096 + block.transactions.length * BYTES_PER_TRANSACTION,
    dispose: (block) => {
      numberByHash.delete(bytesToHex(block.hash));
      for (const hash of transactionHashes(block)) placeByTransaction.delete(hash);
    },
  });

  function add(block: Block): void {
    const number = block.header.number;
    if (blocks.has(number)) return;
    blocks.set(number, block);
    if (!blocks.has(number)) return;
    numberByHash.set(bytesToHex(block.hash), number);
    transactionHashes(block).forEach((hash, index) => {
      placeByTransaction.set(hash, { block: number, index });
    });
  }

  let rollbacks = 0;
  async function keep(reading: Promise<Block | undefined>): Promise<Block | undefined> {
    const before = rollbacks;
    const block = await reading;
    if (block !== undefined && rollbacks === before) add(block);
    return block;
  }

  return {
    add,
    forgetAfter(number) {
      rollbacks++;
      for (const known of [...blocks.keys()]) if (known > number) blocks.delete(known);
    },
    cached: (number) => blocks.get(number),
    byNumber: async (number) => blocks.get(number) ?? keep(chain.blockByNumber(number)),
    byHash: async (hash) => {
      const number = numberByHash.get(bytesToHex(hash));
      const known = number === undefined ? undefined : blocks.get(number);
      return known ?? keep(chain.blockByHash(hash));
    },
    headerByNumber: async (number) => {
      const known = blocks.get(number);
      return known ?? (await chain.headerByNumber(number));
    },
    findTransaction: (hash) => {
      const place = placeByTransaction.get(hash);
      const block = place === undefined ? undefined : blocks.get(place.block);
      return place === undefined || block === undefined ? undefined : { block, index: place.index };
    },
    transactionHashes,
  };
}
