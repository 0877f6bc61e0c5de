import { z } from "zod";
import { withState } from "../blocks/stateAt.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { address } from "../schema/hex.ts";

export const eth_getTransactionCount = defineMethod({
  name: "eth_getTransactionCount",
  summary: "Nonce of an account; pending counts its executable transactions in the pool",
  params: z.tuple([address(), blockSelector().optional()]),
  handler: (context, [account, block]) =>
    withState(context, block, async (state) => {
      const nonce = state.account(account)?.nonce ?? 0n;
      const pending = block !== undefined && "tag" in block && block.tag === "pending";
      return quantity(pending ? await context.mempool.nextNonce(account, nonce) : nonce);
    }),
});
