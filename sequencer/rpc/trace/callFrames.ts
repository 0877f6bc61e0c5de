import { z } from "zod";
import type { RpcContext } from "../context.ts";
import type { Caller } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { traceMined } from "./traceBlock.ts";
import { tracerChoice, traceTimeout } from "./traceConfig.ts";

/** A frame of the callTracer. */
const callFrame = z.object({
  type: z.string(),
  from: z.string(),
  to: z.string().optional(),
  value: z.string().optional(),
  input: z.string(),
  output: z.string().optional(),
  error: z.string().optional(),
  get calls() {
    return z.array(callFrame).optional();
  },
});

export type CallFrame = z.output<typeof callFrame>;

/** The calls of a mined transaction, nested. Throws for an unknown one. */
export async function callFramesOf(
  context: RpcContext,
  caller: Caller,
  hash: Uint8Array,
  onlyTopCall = false,
): Promise<CallFrame> {
  const choice = { ...tracerChoice(undefined), tracer: "callTracer", tracerConfig: { onlyTopCall } };
  const timeoutMs = traceTimeout(undefined, context.limits.traceMs);
  const trace = await traceMined(context, caller, hash, { choice, timeoutMs });
  if (trace === undefined) throw serverError("transaction not found");
  return callFrame.parse(trace.result);
}

/** The frame and all below it in the order of their beginning, each with its depth. */
export function* framesInOrder(frame: CallFrame, depth = 0): Generator<{ frame: CallFrame; depth: number }> {
  yield { frame, depth };
  for (const call of frame.calls ?? []) yield* framesInOrder(call, depth + 1);
}
