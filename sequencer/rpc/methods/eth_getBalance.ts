import { z } from "zod";
import { withState } from "../blocks/stateAt.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { address } from "../schema/hex.ts";

export const eth_getBalance = defineMethod({
  name: "eth_getBalance",
  summary: "Balance of an account, in wei",
  params: z.tuple([address(), blockSelector().optional()]),
  handler: (context, [account, block]) =>
    withState(context, block, (state) => quantity(state.account(account)?.balance ?? 0n)),
});
