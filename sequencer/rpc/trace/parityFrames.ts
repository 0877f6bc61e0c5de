import type { Block } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import type { Caller } from "../json-rpc/method.ts";
import { traceBlock } from "./traceBlock.ts";
import { tracerChoice } from "./traceConfig.ts";

/** The frames of a block's transactions as Parity tells them; those of one place alone where `range` says so. */
export async function parityFrames(
  context: RpcContext,
  caller: Caller,
  block: Block,
  range?: { from: number; to: number },
): Promise<unknown[]> {
  if (block.header.number === 0) return [];
  const traces = await traceBlock(context, caller, block, {
    choice: { ...tracerChoice(undefined), parity: true },
    timeoutMs: context.limits.traceMs,
    ...(range === undefined ? {} : { range }),
  });
  return traces.flatMap(({ result }) => (Array.isArray(result) ? result : []));
}
