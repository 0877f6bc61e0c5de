import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { withState } from "../blocks/stateAt.ts";
import { EMPTY_CODE } from "../format/constants.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { address } from "../schema/hex.ts";

export const ots_hasCode = defineMethod({
  name: "ots_hasCode",
  summary: "Whether an account has code",
  params: z.tuple([address(), blockSelector().optional()]),
  handler: (context, [account, block]) =>
    withState(context, block, (state) => {
      const codeHash = state.account(account)?.codeHash;
      return codeHash !== undefined && bytesToHex(codeHash) !== EMPTY_CODE;
    }),
});
