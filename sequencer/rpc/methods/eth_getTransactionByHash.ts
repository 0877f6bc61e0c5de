import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { placeInBlock } from "../format/block.ts";
import { formatTransaction } from "../format/transaction.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";

export const eth_getTransactionByHash = defineMethod({
  name: "eth_getTransactionByHash",
  summary: "A transaction, mined or in the pool",
  params: z.tuple([hash("transactionHash")]),
  handler: async (context, [transactionHash]) => {
    const place = context.blocks.findTransaction(bytesToHex(transactionHash));
    const recent = place?.block.transactions[place.index];
    if (place !== undefined && recent !== undefined) {
      return formatTransaction(recent, placeInBlock(place.block, place.index));
    }
    const pooled = await context.mempool.get(transactionHash);
    // Asked for last: a transaction that left the pool while we looked is in the chain by now.
    const mined = await context.chain.transactionByHash(transactionHash);
    if (mined !== undefined) {
      await context.blocks.noteRead(mined.blockNumber);
      return formatTransaction(mined.transaction, mined);
    }
    return pooled === undefined ? null : formatTransaction(pooled);
  },
});
