import { z } from "zod";
import { withState } from "../blocks/stateAt.ts";
import { formatTransaction } from "../format/transaction.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { formatByNonce } from "../pending/poolContent.ts";
import { address } from "../schema/hex.ts";

export const txpool_contentFrom = defineMethod({
  name: "txpool_contentFrom",
  summary: "A sender's transactions in the pool, by nonce",
  params: z.tuple([address()]),
  handler: (context, [sender]) =>
    withState(context, { tag: "latest" }, async (state) => {
      const content = await context.mempool.ofSender(sender, state.account(sender)?.nonce ?? 0n);
      return {
        pending: formatByNonce(content.pending, (one) => formatTransaction(one)),
        queued: formatByNonce(content.queued, (one) => formatTransaction(one)),
      };
    }),
});
