import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { withSimulation } from "../blocks/stateAt.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { callRequest } from "../schema/callRequest.ts";

export const eth_call = defineMethod({
  name: "eth_call",
  summary: "Runs a call without changing anything",
  params: z.tuple([callRequest(), blockSelector().optional()]),
  handler: (context, [request, block]) =>
    withSimulation(context, block, async (state, environment) => {
      const { returnData } = await context.simulator.call(request, state, environment);
      return bytesToHex(returnData);
    }),
});
