import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { withState } from "../blocks/stateAt.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { address } from "../schema/hex.ts";

export const eth_getCode = defineMethod({
  name: "eth_getCode",
  summary: "Code of an account",
  params: z.tuple([address(), blockSelector().optional()]),
  handler: (context, [account, block]) =>
    withState(context, block, (state) => {
      const codeHash = state.account(account)?.codeHash;
      return codeHash === undefined ? "0x" : bytesToHex(state.code(codeHash));
    }),
});
