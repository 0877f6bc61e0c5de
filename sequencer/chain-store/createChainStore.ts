import type { Sql } from "postgres";
import { accountTransactions } from "./addresses/accountTransactions.ts";
import { appendBlock } from "./appendBlock.ts";
import {
  appendBatch,
  batchByNumber,
  batchOfBlock,
  lastBatch,
  markBatchCommitted,
  markBatchSealed,
  safeBlock,
  unpostedBatches,
} from "./batches.ts";
import { blockByHash, blockByNumber, diffsAfter, headerByNumber, headRef } from "./blocks.ts";
import { blockAccessList, blockExecution, contendedLocations } from "./executions/readExecutions.ts";
import { logs } from "./logs.ts";
import { recordRejections, rejection } from "./rejections.ts";
import { minedAmong, receiptByHash, transactionByHash } from "./transactions.ts";
import type { ChainStore } from "./types.ts";

export interface ChainStoreOptions {
  /** Whether a block's accounts are indexed as it is appended; otherwise the first search that needs them does it. */
  indexAccounts?: boolean;
}

/**
 * The chain in a migrated PostgreSQL database. Throws ChainStoreError for what PostgreSQL does, InvariantError for what
 * would break the chain. `synchronous_commit` must stay on: an append that returned is durable.
 */
export function createChainStore(sql: Sql, { indexAccounts = false }: ChainStoreOptions = {}): ChainStore {
  return {
    appendBlock: (executed) => appendBlock(sql, executed, indexAccounts),
    recordRejections: (rejections) => recordRejections(sql, rejections),
    head: () => headRef(sql),
    blockByNumber: (number) => blockByNumber(sql, number),
    blockByHash: (hash) => blockByHash(sql, hash),
    headerByNumber: (number) => headerByNumber(sql, number),
    transactionByHash: (hash) => transactionByHash(sql, hash),
    receiptByHash: (hash) => receiptByHash(sql, hash),
    minedAmong: (hashes) => minedAmong(sql, hashes),
    logs: (filter) => logs(sql, filter),
    accountTransactions: (query) => accountTransactions(sql, query),
    blockExecution: (blockNumber) => blockExecution(sql, blockNumber),
    blockAccessList: (blockNumber) => blockAccessList(sql, blockNumber),
    contendedLocations: (range) => contendedLocations(sql, range),
    rejection: (hash) => rejection(sql, hash),
    diffsAfter: (number) => diffsAfter(sql, number),
    lastBatch: () => lastBatch(sql),
    batchByNumber: (number) => batchByNumber(sql, number),
    batchOfBlock: (blockNumber) => batchOfBlock(sql, blockNumber),
    appendBatch: (batch) => appendBatch(sql, batch),
    unpostedBatches: () => unpostedBatches(sql),
    markBatchCommitted: (number, l1) => markBatchCommitted(sql, number, l1),
    markBatchSealed: (number) => markBatchSealed(sql, number),
    safeBlock: () => safeBlock(sql),
  };
}
