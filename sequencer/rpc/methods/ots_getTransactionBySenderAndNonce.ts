import { z } from "zod";
import { bytesEqual, bytesToHex } from "../../../protocol/index.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { firstBlockWhere } from "../ots/firstBlockWhere.ts";
import { address, smallQuantity } from "../schema/hex.ts";

/** A nonce only grows: the block whose state is the first to have a higher one has the transaction. */
export const ots_getTransactionBySenderAndNonce = defineMethod({
  name: "ots_getTransactionBySenderAndNonce",
  summary: "Hash of the mined transaction of a sender with a nonce, or null",
  params: z.tuple([address(), smallQuantity("nonce")]),
  handler: async (context, [sender, given]) => {
    const nonce = BigInt(given);
    const number = await firstBlockWhere(context, (state) => (state.account(sender)?.nonce ?? 0n) > nonce);
    const block = number === undefined ? undefined : await context.blocks.byNumber(number);
    const found = block?.transactions.find(
      (one, index) =>
        (block.receipts[index]?.depositNonce ?? one.nonce) === nonce && bytesEqual(one.sender, sender),
    );
    return found === undefined ? null : bytesToHex(found.hash);
  },
});
