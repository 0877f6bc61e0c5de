import { z } from "zod";
import { sceneAt } from "../blocks/stateAt.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { callRequest } from "../schema/callRequest.ts";
import { blockOverrides, given, stateOverrides } from "../schema/overrides.ts";

export const eth_estimateGas = defineMethod({
  name: "eth_estimateGas",
  summary: "Gas limit with which a transaction succeeds",
  params: z.tuple([
    callRequest(),
    blockSelector().optional(),
    stateOverrides().optional(),
    blockOverrides().optional(),
  ]),
  handler: async (context, [request, block, accounts, header], { client }) => {
    const gas = await context.readers.run(
      "estimateGas",
      {
        scene: await sceneAt(context, block),
        request,
        gasCap: context.callGas,
        ...given({ stateOverrides: accounts, blockOverrides: header }),
      },
      { timeoutMs: context.limits.callMs, client },
    );
    return quantity(gas);
  },
});
