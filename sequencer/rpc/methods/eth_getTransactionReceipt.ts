import { z } from "zod";
import { bytesToHex, hexToBytes } from "../../../protocol/index.ts";
import { firstLogIndex } from "../blocks/blockLogs.ts";
import type { RpcContext } from "../context.ts";
import { receiptBlock } from "../format/block.ts";
import { quantity } from "../format/quantity.ts";
import { type FormattedReceipt, formatReceipt } from "../format/receipt.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";

function fromCache(context: RpcContext, transactionHash: string): FormattedReceipt | undefined {
  const place = context.blocks.findTransaction(transactionHash);
  if (place === undefined) return undefined;
  const { block, index } = place;
  const transaction = block.transactions[index];
  const receipt = block.receipts[index];
  if (transaction === undefined || receipt === undefined) return undefined;
  return formatReceipt(receipt, transaction, receiptBlock(block), index, firstLogIndex(block, index));
}

/** The recent block in memory, then PostgreSQL, which is spared for transactions known to wait in the pool. */
export const eth_getTransactionReceipt = defineMethod({
  name: "eth_getTransactionReceipt",
  summary: "Receipt of a mined transaction",
  params: z.tuple([hash("transactionHash").transform(bytesToHex).describe("transactionHash")]),
  handler: async (context, [transactionHash]) => {
    const recent = fromCache(context, transactionHash);
    if (recent !== undefined) return recent;
    if (context.submitted.isWaiting(transactionHash)) return null;
    const mined = await context.chain.receiptByHash(hexToBytes(transactionHash));
    if (mined === undefined) return null;
    await context.blocks.noteRead(mined.blockNumber);
    const block = {
      hash: bytesToHex(mined.blockHash),
      number: quantity(mined.blockNumber),
      timestamp: quantity(mined.blockTimestamp),
    };
    return formatReceipt(mined.receipt, mined.transaction, block, mined.index, mined.firstLogIndex);
  },
});
