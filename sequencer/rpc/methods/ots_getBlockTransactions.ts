import { z } from "zod";
import { resolveBlock } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { blockTransactions } from "../ots/blockTransactions.ts";
import { smallQuantity } from "../schema/hex.ts";
import { otterscanBlockNumber } from "../schema/otterscanBlock.ts";

/** As in Erigon, where the size is a byte. */
const MAX_PAGE = 255;

export const ots_getBlockTransactions = defineMethod({
  name: "ots_getBlockTransactions",
  summary: "A page of a block's transactions and receipts, without logs and with four bytes of input",
  params: z.tuple([otterscanBlockNumber(), smallQuantity("pageNumber"), smallQuantity("pageSize")]),
  handler: async (context, [selector, page, pageSize]) => {
    if (pageSize > MAX_PAGE) throw serverError(`max allowed page size: ${MAX_PAGE}`);
    const block = await resolveBlock(context, selector);
    return block === undefined ? null : blockTransactions(block, page, pageSize);
  },
});
