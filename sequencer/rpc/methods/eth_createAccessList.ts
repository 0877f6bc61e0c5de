import { z } from "zod";
import { withSimulation } from "../blocks/stateAt.ts";
import { quantity } from "../format/quantity.ts";
import { formatAccessList } from "../format/transaction.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { callRequest } from "../schema/callRequest.ts";

export const eth_createAccessList = defineMethod({
  name: "eth_createAccessList",
  summary: "Access list that a transaction would need, and its gas with it",
  params: z.tuple([callRequest(), blockSelector().optional()]),
  handler: (context, [request, block]) =>
    withSimulation(context, block, async (state, environment) => {
      const result = await context.simulator.createAccessList(request, state, environment);
      return {
        accessList: formatAccessList(result.accessList),
        ...(result.error === undefined ? {} : { error: result.error }),
        gasUsed: quantity(result.gasUsed),
      };
    }),
});
