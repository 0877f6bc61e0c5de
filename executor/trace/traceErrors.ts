import { SimulationError } from "../simulate/errors.ts";

export const unknownTracer = (name: string, known: readonly string[]): SimulationError =>
  new SimulationError(
    "TRACER_UNKNOWN",
    `tracer ${JSON.stringify(name.slice(0, 64))} is not supported; there are ${known.join(", ")}, and none written in JavaScript`,
  );

export const badTracerConfig = (problem: string): SimulationError =>
  new SimulationError("TRACER_CONFIG", problem);

export const traceTooLarge = (bytes: number): SimulationError =>
  new SimulationError("TRACE_TOO_LARGE", `trace exceeds ${bytes} bytes`, {
    hint: "callTracer says less; the struct logger takes limit, disableStack and disableStorage.",
  });

/** geth's words. */
export const traceTimedOut = (): SimulationError => new SimulationError("TRACE_TIMEOUT", "execution timeout");

export const tracingFailed = (reason: string): SimulationError =>
  new SimulationError("TRACE_FAILED", `tracing failed: ${reason}`);
