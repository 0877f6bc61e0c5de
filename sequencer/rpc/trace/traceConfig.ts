import { z } from "zod";
import type { TracerChoice } from "../../../executor/index.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { smallQuantity } from "../schema/hex.ts";
import { blockOverrides, optional, stateOverrides } from "../schema/overrides.ts";
import { parseGoDuration } from "./goDuration.ts";

const flag = () => optional(z.boolean());

const fields = {
  enableMemory: flag(),
  disableStack: flag(),
  disableStorage: flag(),
  enableReturnData: flag(),
  limit: optional(z.int()),
  tracer: optional(z.string()),
  timeout: optional(z.string()),
  tracerConfig: z.unknown().optional(),
};

/** geth's `TraceConfig`; what it does not know (`reexec`) is ignored. */
export const traceConfig = () => z.object(fields).describe("config");

/** geth's `TraceCallConfig`. */
export const traceCallConfig = () =>
  z
    .object({
      ...fields,
      stateOverrides: optional(stateOverrides()),
      blockOverrides: optional(blockOverrides()),
      txIndex: optional(smallQuantity("txIndex")),
    })
    .describe("config");

export type TraceConfig = z.output<ReturnType<typeof traceConfig>>;

/** geth's. */
const DEFAULT_TIMEOUT_MS = 5_000;

export function tracerChoice(config: TraceConfig | undefined): TracerChoice {
  return {
    enableMemory: config?.enableMemory ?? false,
    disableStack: config?.disableStack ?? false,
    disableStorage: config?.disableStorage ?? false,
    enableReturnData: config?.enableReturnData ?? false,
    limit: config?.limit ?? 0,
    tracer: config?.tracer === "" ? undefined : config?.tracer,
    tracerConfig: config?.tracerConfig,
  };
}

/** What the caller asks for, within what the node allows. */
export function traceTimeout(config: TraceConfig | undefined, mostMs: number): number {
  if (config?.timeout === undefined) return Math.min(DEFAULT_TIMEOUT_MS, mostMs);
  const parsed = parseGoDuration(config.timeout);
  if ("problem" in parsed) throw serverError(parsed.problem);
  return Math.min(parsed.value, mostMs);
}
