import { z } from "zod";
import { sceneAt } from "../blocks/stateAt.ts";
import { quantity } from "../format/quantity.ts";
import { formatAccessList } from "../format/transaction.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { callRequest } from "../schema/callRequest.ts";
import { given, stateOverrides } from "../schema/overrides.ts";

export const eth_createAccessList = defineMethod({
  name: "eth_createAccessList",
  summary: "Access list that a transaction would need, and its gas with it",
  params: z.tuple([callRequest(), blockSelector().optional(), stateOverrides().optional()]),
  handler: async (context, [request, block, accounts], { client }) => {
    const { accessList, error, gasUsed } = await context.readers.run(
      "createAccessList",
      {
        scene: await sceneAt(context, block),
        request,
        gasCap: context.callGas,
        ...given({ stateOverrides: accounts }),
      },
      { timeoutMs: context.limits.callMs, client },
    );
    return {
      accessList: formatAccessList(accessList),
      ...(error === undefined ? {} : { error }),
      gasUsed: quantity(gasUsed),
    };
  },
});
