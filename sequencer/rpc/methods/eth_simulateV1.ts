import { z } from "zod";
import { planBlocks } from "../../../executor/index.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { simulateRequest } from "../schema/simulateRequest.ts";
import { formatSimulation } from "../simulate/formatSimulation.ts";
import { simulatedChain, simulationBase } from "../simulate/simulationBase.ts";

export const eth_simulateV1 = defineMethod({
  name: "eth_simulateV1",
  summary: "Runs calls in blocks on top of a block without changing anything",
  params: z.tuple([simulateRequest(), blockSelector().optional()]),
  limits: ["callMs", "responseBytes"],
  handler: async (context, [request, selector], { client }) => {
    const { blockStateCalls = [], validation = false, traceTransfers = false } = request;
    const { limits } = context;
    const start = await simulationBase(context, selector ?? { tag: "latest" });
    const { header } = start.base;
    const planned = planBlocks(header, blockStateCalls);
    const blocks = planned.map((block) => {
      const { number, timestamp } = block;
      return { ...block, rules: context.rulesAt({ ...header, number, timestamp }) };
    });
    const simulated = await context.readers.run(
      "simulateBlocks",
      {
        ...start,
        chain: await simulatedChain(context, start),
        blocks,
        validation,
        traceTransfers,
        gasCap: context.callGas,
        maxBytes: limits.responseBytes,
      },
      { timeoutMs: limits.callMs, client },
    );
    return simulated.map((block) => formatSimulation(block, request.returnFullTransactions ?? false));
  },
});
