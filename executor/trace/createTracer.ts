import type { TraceBudget } from "./traceBudget.ts";
import { badTracerConfig, unknownTracer } from "./traceErrors.ts";
import type { Tracer } from "./tracer.ts";
import { createCallTracer } from "./tracers/callTracer.ts";
import { createFlatCallTracer, type TracePlace } from "./tracers/flatCallTracer.ts";
import { createFourByteTracer } from "./tracers/fourByteTracer.ts";
import { createMuxTracer } from "./tracers/muxTracer.ts";
import { createNoopTracer } from "./tracers/noopTracer.ts";
import { createPrestateTracer } from "./tracers/prestateTracer.ts";
import { createStructLogger, type StructLogOptions } from "./tracers/structLogger.ts";

/** Which tracer, with which options. Structured-cloneable. */
export interface TracerChoice extends StructLogOptions {
  /** Undefined: the struct logger. */
  tracer: string | undefined;
  /** The tracer's own options, as JSON gave them. */
  tracerConfig: unknown;
  /** Frames as Parity's `trace_` methods have them, whatever else is chosen. */
  parity?: boolean;
}

type Options = ReadonlyMap<string, unknown>;
type Maker = (options: Options, place: TracePlace, budget: TraceBudget, depth: number) => Tracer;

/** Tracers within muxTracers within muxTracers. */
const MAX_DEPTH = 4;

const MAKERS: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["4byteTracer", () => createFourByteTracer()],
  [
    "callTracer",
    (options) =>
      createCallTracer({ onlyTopCall: flag(options, "onlyTopCall"), withLog: flag(options, "withLog") }),
  ],
  [
    "flatCallTracer",
    (options, place) =>
      createFlatCallTracer(
        {
          convertParityErrors: flag(options, "convertParityErrors"),
          includePrecompiles: flag(options, "includePrecompiles"),
          parity: false,
        },
        place,
      ),
  ],
  [
    "muxTracer",
    (options, place, budget, depth) =>
      createMuxTracer(
        new Map([...options].map(([name, own]) => [name, named(name, own, place, budget, depth + 1)])),
      ),
  ],
  ["noopTracer", () => createNoopTracer()],
  ["prestateTracer", (options, _, budget) => prestate(options, budget)],
]);

/** A tracer for one transaction. Throws when there is none of that name or its options make no sense. */
export function createTracer(choice: TracerChoice, place: TracePlace, budget: TraceBudget): Tracer {
  if (choice.parity === true) {
    return createFlatCallTracer(
      { convertParityErrors: true, includePrecompiles: false, parity: true },
      place,
    );
  }
  if (choice.tracer === undefined) return createStructLogger(choice, budget);
  return named(choice.tracer, choice.tracerConfig, place, budget);
}

function named(name: string, config: unknown, place: TracePlace, budget: TraceBudget, depth = 0): Tracer {
  if (depth > MAX_DEPTH) throw badTracerConfig("too many tracers within tracers");
  const make = MAKERS.get(name);
  if (make === undefined) throw unknownTracer(name, [...MAKERS.keys()]);
  return make(optionsOf(config), place, budget, depth);
}

function optionsOf(config: unknown): Options {
  if (config === undefined || config === null) return new Map();
  if (typeof config !== "object" || Array.isArray(config))
    throw badTracerConfig("tracerConfig is not an object");
  return new Map(Object.entries(config));
}

function flag(options: Options, name: string): boolean {
  const value = options.get(name) ?? false;
  if (typeof value !== "boolean") throw badTracerConfig(`tracerConfig.${name} is not a boolean`);
  return value;
}

function prestate(options: Options, budget: TraceBudget): Tracer {
  const chosen = {
    diffMode: flag(options, "diffMode"),
    disableCode: flag(options, "disableCode"),
    disableStorage: flag(options, "disableStorage"),
    includeEmpty: flag(options, "includeEmpty"),
  };
  if (chosen.diffMode && chosen.includeEmpty) {
    throw badTracerConfig("cannot use diffMode with includeEmpty");
  }
  return createPrestateTracer(chosen, budget);
}
