import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { sceneAt } from "../blocks/stateAt.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { callRequest } from "../schema/callRequest.ts";
import { blockOverrides, given, stateOverrides } from "../schema/overrides.ts";

export const eth_call = defineMethod({
  name: "eth_call",
  summary: "Runs a call without changing anything",
  params: z.tuple([
    callRequest(),
    blockSelector().optional(),
    stateOverrides().optional(),
    blockOverrides().optional(),
  ]),
  handler: async (context, [request, block, accounts, header], { client }) => {
    const { returnData } = await context.readers.run(
      "call",
      {
        scene: await sceneAt(context, block),
        request,
        gasCap: context.callGas,
        ...given({ stateOverrides: accounts, blockOverrides: header }),
      },
      { timeoutMs: context.limits.callMs, client },
    );
    return bytesToHex(returnData);
  },
});
