import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { selectedNumber } from "../blocks/resolveBlock.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { invalidParams } from "../json-rpc/rpcError.ts";
import { blockNumber } from "../schema/blockSelector.ts";

export const rollup_getBatchOfBlock = defineMethod({
  name: "rollup_getBatchOfBlock",
  summary: "The batch that holds a block and how far it is on L1; null before it is batched",
  params: z.tuple([blockNumber()]),
  handler: async (context, [selector]) => {
    if ("hash" in selector) throw invalidParams("invalid argument 0 (block): expected a block number or tag");
    const batch = await context.chain.batchOfBlock(selectedNumber(context, selector));
    if (batch === undefined) return null;
    return {
      number: quantity(batch.number),
      firstBlock: quantity(batch.firstBlock),
      lastBlock: quantity(batch.lastBlock),
      hash: bytesToHex(batch.hash),
      postStateRoot: bytesToHex(batch.postStateRoot),
      status: batch.status,
      l1TransactionHash: batch.l1TransactionHash === undefined ? null : bytesToHex(batch.l1TransactionHash),
      l1BlockNumber: batch.l1BlockNumber === undefined ? null : quantity(batch.l1BlockNumber),
    };
  },
});
