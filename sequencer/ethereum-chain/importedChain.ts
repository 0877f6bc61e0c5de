import { type Block, bytesToHex } from "../../protocol/index.ts";
import { limitError, type MinedLog, type MinedReceipt, searchAccount } from "../chain-store/index.ts";
import { blockLogs } from "../rpc/blocks/blockLogs.ts";
import type { ChainReader } from "../rpc/chainReader.ts";

/** The blocks of an imported chain, behind the interface through which the RPC reads Braid's own. */
export interface ImportedChain extends ChainReader {
  /** The next block. */
  add(block: Block): void;
}

/**
 * Whole blocks in memory, found by number, by hash and by transaction. There are no batches, no rejections and no reports
 * of how blocks ran.
 */
export function createImportedChain(): ImportedChain {
  const blocks: Block[] = [];
  const numberByHash = new Map<string, number>();
  const placeByTransaction = new Map<string, { block: Block; index: number }>();

  function add(block: Block): void {
    blocks.push(block);
    numberByHash.set(bytesToHex(block.hash), block.header.number);
    block.transactions.forEach((transaction, index) => {
      placeByTransaction.set(bytesToHex(transaction.hash), { block, index });
    });
  }

  function mined(hash: Uint8Array): MinedReceipt | undefined {
    const place = placeByTransaction.get(bytesToHex(hash));
    if (place === undefined) return undefined;
    const { block, index } = place;
    const transaction = block.transactions[index];
    const receipt = block.receipts[index];
    if (transaction === undefined || receipt === undefined) return undefined;
    const { number, timestamp, baseFeePerGas } = block.header;
    return {
      transaction,
      receipt,
      blockNumber: number,
      blockHash: block.hash,
      blockTimestamp: timestamp,
      baseFeePerGas,
      index,
      firstLogIndex: block.receipts.slice(0, index).reduce((sum, { logs }) => sum + logs.length, 0),
    };
  }

  return {
    add,
    head: async () => {
      const last = blocks.at(-1);
      return last === undefined ? undefined : { number: last.header.number, hash: last.hash };
    },
    blockByNumber: async (number) => blocks[number],
    blockByHash: async (hash) => {
      const number = numberByHash.get(bytesToHex(hash));
      return number === undefined ? undefined : blocks[number];
    },
    headerByNumber: async (number) => blocks[number],
    transactionByHash: async (hash) => mined(hash),
    receiptByHash: async (hash) => mined(hash),
    logs: async (filter) => {
      const found: MinedLog[] = [];
      for (const block of blocks.slice(filter.fromBlock, filter.toBlock + 1)) {
        found.push(...blockLogs(block, filter));
        if (found.length > filter.limit) throw limitError(filter, block.header.number);
      }
      return found;
    },
    accountTransactions: async (query) => searchAccount(blocks, query),
    blockExecution: async () => undefined,
    blockAccessList: async () => undefined,
    contendedLocations: async () => [],
    rejection: async () => undefined,
    lastBatch: async () => undefined,
    batchByNumber: async () => undefined,
    batchData: async () => undefined,
    batchOfBlock: async () => undefined,
    countUnposted: async () => 0,
    firstRefusal: async () => undefined,
    safeBlock: async () => blocks.length - 1,
    finalizedBlock: async () => blocks.length - 1,
  };
}
