import { z } from "zod";
import type { TransactionExecution } from "../../../executor/index.ts";
import {
  type AccessListEntry,
  bytesToHex,
  contractAddress,
  hexToBytes,
  type Transaction,
} from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import { compareAccessLists } from "../executions/compareAccessLists.ts";
import { formatLocation } from "../format/execution.ts";
import { quantity } from "../format/quantity.ts";
import { formatAccessList } from "../format/transaction.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";

interface Mined {
  transaction: Transaction;
  blockNumber: number;
  blockHash: Uint8Array;
  index: number;
}

/** The recent block in memory, then PostgreSQL, which is spared for transactions known to wait in the pool. */
async function findMined(context: RpcContext, transactionHash: string): Promise<Mined | undefined> {
  const recent = context.blocks.findTransaction(transactionHash);
  const transaction = recent?.block.transactions[recent.index];
  if (recent !== undefined && transaction !== undefined) {
    const { block, index } = recent;
    return { transaction, blockNumber: block.header.number, blockHash: block.hash, index };
  }
  if (context.submitted.isWaiting(transactionHash)) return undefined;
  return context.chain.transactionByHash(hexToBytes(transactionHash));
}

/** A plain transfer touches these two and nothing else; no report says so again. */
function touchedBy({ touched }: TransactionExecution, ends: Uint8Array[]): AccessListEntry[] {
  if (touched.length > 0) return touched;
  return ends.map((address) => ({ address, storageKeys: [] }));
}

function formatLists(transaction: Transaction, execution: TransactionExecution, feeRecipient: Uint8Array) {
  const { sender, nonce, accessList } = transaction;
  const recipient = transaction.to ?? contractAddress(sender, nonce);
  const touched = touchedBy(execution, [sender, recipient].sort(Buffer.compare));
  const absent = execution.declared === "absent";
  const { missing, superfluous } = compareAccessLists(accessList, touched, [sender, recipient, feeRecipient]);
  return {
    footprint: execution.footprint,
    declared: execution.declared,
    accessList: absent ? null : formatAccessList(accessList),
    touched: formatAccessList(touched),
    missing: absent ? [] : formatAccessList(missing),
    superfluous: absent ? [] : formatAccessList(superfluous),
  };
}

export const braid_getTransactionExecution = defineMethod({
  name: "braid_getTransactionExecution",
  summary: "How a transaction ran: its lane, its runs, and its declared access list against what it touched",
  params: z.tuple([hash("transactionHash").transform(bytesToHex).describe("transactionHash")]),
  handler: async (context, [transactionHash]) => {
    const mined = await findMined(context, transactionHash);
    if (mined === undefined) return null;
    const report = await context.executions.byNumber(mined.blockNumber);
    const execution = report?.transactions[mined.index];
    if (execution === undefined) return null;
    const { lane, runs, conflict } = execution;
    return {
      transactionHash,
      blockNumber: quantity(mined.blockNumber),
      blockHash: bytesToHex(mined.blockHash),
      transactionIndex: quantity(mined.index),
      lane: quantity(lane),
      runs: quantity(runs),
      conflict: conflict === undefined ? null : formatLocation(conflict),
      ...formatLists(mined.transaction, execution, context.config.feeRecipient),
    };
  },
});
