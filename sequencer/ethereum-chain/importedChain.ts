import { type Block, BraidError, bytesToHex } from "../../protocol/index.ts";
import { ChainStoreError, type MinedReceipt, searchAccount } from "../chain-store/index.ts";
import type { ChainStore, MinedLog } from "../chain-store/types.ts";
import { blockLogs } from "../rpc/blocks/blockLogs.ts";

/** Something that only a chain of Braid's own could do. */
class ImportedChainError extends BraidError {
  constructor(what: string) {
    super("IMPORTED_CHAIN", `an imported chain takes no ${what}`);
  }
}

/** The blocks of an imported chain, behind the interface through which the RPC reads Braid's own. */
export interface ImportedChain extends ChainStore {
  /** The next block. */
  add(block: Block): void;
}

/**
 * Whole blocks in memory, found by number, by hash and by transaction. There are no batches, no rejections and no reports
 * of how blocks ran; whatever would change the chain is refused.
 */
export function createImportedChain(): ImportedChain {
  const blocks: Block[] = [];
  const numberByHash = new Map<string, number>();
  const placeByTransaction = new Map<string, { block: Block; index: number }>();
  const refuse = (what: string) => () => Promise.reject(new ImportedChainError(what));

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
    appendBlock: refuse("blocks"),
    recordRejections: refuse("rejections"),
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
    minedAmong: async (hashes) => {
      const known = hashes.map(bytesToHex).filter((hash) => placeByTransaction.has(hash));
      return new Set<string>(known);
    },
    logs: async ({ fromBlock, toBlock, limit, ...criteria }) => {
      const found: MinedLog[] = [];
      for (const block of blocks.slice(fromBlock, toBlock + 1)) {
        found.push(...blockLogs(block, criteria));
        if (found.length > limit) throw tooManyLogs(limit);
      }
      return found;
    },
    accountTransactions: async (query) => searchAccount(blocks, query),
    blockExecution: async () => undefined,
    blockAccessList: async () => undefined,
    contendedLocations: async () => [],
    rejection: async () => undefined,
    l1Position: async () => undefined,
    rollingHash: refuse("L1 messages"),
    l1Messages: async () => [],
    diffsAfter: () => {
      throw new ImportedChainError("replay of state diffs");
    },
    lastBatch: async () => undefined,
    batchByNumber: async () => undefined,
    batchOfBlock: async () => undefined,
    batchData: async () => undefined,
    batchesIn: async () => [],
    countUnposted: async () => 0,
    appendBatch: refuse("batches"),
    dropSealedBatches: refuse("batches"),
    setBatchPosting: refuse("batches"),
    markBatchCommitted: refuse("batches"),
    markBatchProven: refuse("batches"),
    markBatchFinalized: refuse("batches"),
    markBatchesSealed: refuse("batches"),
    markBatchesUnproven: refuse("batches"),
    markBatchesUnfinalized: refuse("batches"),
    addBatchProof: refuse("batches"),
    batchProofs: async () => [],
    addBatchRefusal: refuse("batches"),
    firstRefusal: async () => undefined,
    safeBlock: async () => blocks.length - 1,
    finalizedBlock: async () => blocks.length - 1,
  };
}

function tooManyLogs(limit: number): ChainStoreError {
  return new ChainStoreError("LOG_LIMIT_EXCEEDED", `query returned more than ${limit} results`, {
    hint: "Ask for a smaller block range, or for fewer addresses and topics.",
  });
}
