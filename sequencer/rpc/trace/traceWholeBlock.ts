import { type Block, bytesToHex } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import type { Caller } from "../json-rpc/method.ts";
import { traceBlock } from "./traceBlock.ts";
import { type TraceConfig, tracerChoice, traceTimeout } from "./traceConfig.ts";

/** What `debug_traceBlock…` answers. */
export async function traceWholeBlock(
  context: RpcContext,
  caller: Caller,
  block: Block,
  config: TraceConfig | undefined,
): Promise<{ txHash: string; result: unknown }[]> {
  const timeoutMs = traceTimeout(config, context.limits.traceMs);
  const traces = await traceBlock(context, caller, block, { choice: tracerChoice(config), timeoutMs });
  return traces.map(({ hash, result }) => ({ txHash: bytesToHex(hash), result }));
}
