import type { Tracer } from "../tracer.ts";

type Hook = "start" | "enter" | "exit" | "step" | "log" | "end";

/** go-ethereum's muxTracer: several tracers over one run. */
export function createMuxTracer(tracers: ReadonlyMap<string, Tracer>): Tracer {
  const all = [...tracers.values()];
  const listening = (hook: Hook) => all.filter((tracer) => tracer[hook] !== undefined);
  const mux: Tracer = {
    result: () => Object.fromEntries([...tracers].map(([name, tracer]) => [name, tracer.result()])),
  };
  const [start, enter, exit, step, log, end] = [
    listening("start"),
    listening("enter"),
    listening("exit"),
    listening("step"),
    listening("log"),
    listening("end"),
  ];
  if (start.length > 0) {
    mux.start = (event) => {
      for (const tracer of start) tracer.start?.(event);
    };
  }
  if (enter.length > 0) {
    mux.enter = (event) => {
      for (const tracer of enter) tracer.enter?.(event);
    };
  }
  if (exit.length > 0) {
    mux.exit = (event) => {
      for (const tracer of exit) tracer.exit?.(event);
    };
  }
  if (step.length > 0) {
    mux.step = (event) => {
      for (const tracer of step) tracer.step?.(event);
    };
  }
  if (log.length > 0) {
    mux.log = (event) => {
      for (const tracer of log) tracer.log?.(event);
    };
  }
  if (end.length > 0) {
    mux.end = (event) => {
      for (const tracer of end) tracer.end?.(event);
    };
  }
  return mux;
}
