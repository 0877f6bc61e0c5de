import { LRUCache } from "lru-cache";
import { type Block, type BlockHeader, bytesToHex } from "../../../protocol/index.ts";
import type { ChainStore } from "../../chain-store/types.ts";
import { type BlockTexts, createBlockTexts } from "../format/blockTexts.ts";

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
  /**
   * A part of this block was read from the chain store. With the second such read the block itself is brought into
   * memory, where whoever reads one part after the other finds the rest.
   */
  noteRead(number: number): Promise<void>;
  /** Hashes of a block's transactions as 0x-hex, in order; computed once for each cached block. */
  transactionHashes(block: Block): string[];
  /** Answers about sealed blocks, ready to send. */
  readonly texts: BlockTexts;
}

/** Decoded objects take about this much more than the bytes that they were decoded from. */
const BYTES_PER_TRANSACTION = 2500;
const BYTES_PER_LOG = 1000;
/** Blocks of which it is remembered that a part was read. */
const READS_REMEMBERED = 1000;
/** Rendered answers may take so much beside the blocks. */
const TEXT_SHARE = 0.5;

function sizeOf({ size, transactions, receipts }: Block): number {
  let logs = 0;
  for (const receipt of receipts) {
    logs += receipt.logs.length * BYTES_PER_LOG;
    for (const { data } of receipt.logs) logs += data.length;
  }
  return size + 4096 + transactions.length * BYTES_PER_TRANSACTION + logs;
}

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
    sizeCalculation: sizeOf,
    dispose: (block) => {
      numberByHash.delete(bytesToHex(block.hash));
      for (const hash of transactionHashes(block)) placeByTransaction.delete(hash);
      reads.delete(block.header.number);
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

  const reads = new LRUCache<number, number>({ max: READS_REMEMBERED });
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
    noteRead: async (number) => {
      const times = (reads.get(number) ?? 0) + 1;
      reads.set(number, times);
      if (times === 2 && !blocks.has(number)) await keep(chain.blockByNumber(number));
    },
    transactionHashes,
    texts: createBlockTexts(Math.max(1, Math.floor(maxBytes * TEXT_SHARE))),
  };
}
