import type { Tracer } from "../tracer.ts";

/** go-ethereum's noopTracer: runs the transaction and says nothing. */
export function createNoopTracer(): Tracer {
  return { result: () => ({}) };
}
