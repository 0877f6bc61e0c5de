import { bytesToHex } from "../../../protocol/index.ts";
import type { Tracer } from "../tracer.ts";

/** go-ethereum's 4byteTracer: how often each selector was called, with the size of its arguments. */
export function createFourByteTracer(): Tracer {
  const counts = new Map<string, number>();
  let precompiles: ReadonlySet<string> = new Set();
  return {
    start(transaction) {
      precompiles = transaction.precompiles;
    },
    enter({ type, to, input }) {
      if (input.length < 4 || type === "CREATE" || type === "CREATE2" || type === "SELFDESTRUCT") return;
      if (precompiles.has(bytesToHex(to).slice(2))) return;
      const key = `${bytesToHex(input.subarray(0, 4))}-${input.length - 4}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    result: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
