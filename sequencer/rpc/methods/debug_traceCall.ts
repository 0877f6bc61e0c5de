import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { callRequest } from "../schema/callRequest.ts";
import { callScene } from "../trace/callScene.ts";
import { traceCallConfig, tracerChoice, traceTimeout } from "../trace/traceConfig.ts";

/** The job ends by its own clock first, with geth's words. */
const GRACE_MS = 1_000;

export const debug_traceCall = defineMethod({
  name: "debug_traceCall",
  summary: "How a call would run",
  params: z.tuple([callRequest(), blockSelector().optional(), traceCallConfig().optional()]),
  handler: async (context, [request, selector, config], { client }) => {
    const { scene, before } = await callScene(context, selector ?? { tag: "latest" }, config?.txIndex);
    const timeoutMs = traceTimeout(config, context.limits.traceMs);
    return context.readers.run(
      "traceCall",
      {
        scene,
        before,
        request,
        stateOverrides: config?.stateOverrides ?? [],
        blockOverrides: config?.blockOverrides,
        gasCap: context.callGas,
        choice: tracerChoice(config),
        bounds: { timeoutMs, maxBytes: context.limits.traceBytes },
      },
      { timeoutMs: timeoutMs + GRACE_MS, client },
    );
  },
});
