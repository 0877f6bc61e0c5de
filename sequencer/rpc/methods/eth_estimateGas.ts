import { z } from "zod";
import { withSimulation } from "../blocks/stateAt.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { callRequest } from "../schema/callRequest.ts";

export const eth_estimateGas = defineMethod({
  name: "eth_estimateGas",
  summary: "Gas limit with which a transaction succeeds",
  params: z.tuple([callRequest(), blockSelector().optional()]),
  handler: (context, [request, block]) =>
    withSimulation(context, block, async (state, environment) =>
      quantity(await context.simulator.estimateGas(request, state, environment)),
    ),
});
