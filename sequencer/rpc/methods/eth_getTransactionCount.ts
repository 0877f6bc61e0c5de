import { z } from "zod";
import { withState } from "../blocks/stateAt.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { isPending } from "../pending/pendingFields.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { address } from "../schema/hex.ts";

export const eth_getTransactionCount = defineMethod({
  name: "eth_getTransactionCount",
  summary: "Nonce of an account; pending counts its executable transactions in the pool",
  params: z.tuple([address(), blockSelector().optional()]),
  // What the pool knows needs no pending block: its transactions need not be run for their nonces.
  handler: (context, [account, block]) => {
    const pending = isPending(block);
    return withState(context, pending ? { tag: "latest" } : block, async (state) => {
      const nonce = state.account(account)?.nonce ?? 0n;
      return quantity(pending ? await context.mempool.nextNonce(account, nonce) : nonce);
    });
  },
});
