import type { Hex } from "viem";

interface StructLog {
  op: string;
  error?: string;
  gas: number;
  gasCost: number;
  refund?: number;
  returnData?: string;
  memory?: string[];
  storage?: Record<Hex, Hex>;
}

interface StructTrace {
  structLogs: StructLog[];
}

const copy = (trace: unknown) => JSON.parse(JSON.stringify(trace)) as StructTrace;

/** Anvil's struct logs as geth would write them: what is empty is left out. */
export function gethStructLogs(trace: unknown): StructTrace {
  const { structLogs, ...rest } = copy(trace);
  return {
    ...rest,
    structLogs: structLogs.map((log) => {
      const { refund, returnData, memory, ...kept } = log;
      return {
        ...kept,
        ...(refund === undefined || refund === 0 ? {} : { refund }),
        ...(returnData === undefined || returnData === "0x" ? {} : { returnData }),
        ...(memory === undefined || memory.length === 0 ? {} : { memory }),
      };
    }),
  };
}

/**
 * Without what Anvil says otherwise than geth on purpose of neither: creations' cost (Anvil adds the gas handed on),
 * the refund (Anvil's is the one before the instruction), and all of an instruction that fails but its place.
 */
export function likeAnvil(trace: unknown): unknown {
  const { structLogs, ...rest } = copy(trace);
  return {
    ...rest,
    structLogs: structLogs.map((log, index) => {
      const { refund: _, gasCost, error, ...kept } = log;
      const next = structLogs[index + 1];
      const fails = error !== undefined || FAILS.test(log.op) || next === undefined || next.gas > log.gas;
      if (fails) return { gas: log.gas };
      return log.op.startsWith("CREATE") ? kept : { ...kept, gasCost };
    }),
  };
}

const FAILS = /not defined|Unknown|INVALID/;
