import type { Sql } from "postgres";
import { accountTransactions } from "./addresses/accountTransactions.ts";
import { appendBlock } from "./appendBlock.ts";
import { batchStore } from "./batches.ts";
import { blockByHash, blockByNumber, diffsAfter, headerByNumber, headRef } from "./blocks.ts";
import { blockAccessList, blockExecution, contendedLocations } from "./executions/readExecutions.ts";
import { l1Messages, l1Position, NO_L1_POSITION, rollingHash } from "./l1Positions.ts";
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
    appendBlock: (executed, position = NO_L1_POSITION) => appendBlock(sql, executed, position, indexAccounts),
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
    l1Position: (blockNumber) => l1Position(sql, blockNumber),
    rollingHash: (count) => rollingHash(sql, count),
    l1Messages: (from, to) => l1Messages(sql, from, to),
    ...batchStore(sql),
  };
}
