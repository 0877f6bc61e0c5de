import pc from "picocolors";

export interface Steps {
  begin(name: string): void;
  note(name: string, detail: string): void;
  done(name: string, detail: string, milliseconds: number): void;
  /** Runs `work` as a step. */
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** Progress on standard error: one line a step, rewritten in place on a terminal, written when done otherwise. */
export function createSteps(out: NodeJS.WriteStream = process.stderr): Steps {
  const live = out.isTTY === true;
  const colors = pc.createColors(live);
  const overwrite = (text: string) => out.write(live ? `\r\x1b[2K${text}` : text);
  // Several may run at once: they share the line.
  const running = new Map<string, string>();
  const showRunning = () => {
    if (live && running.size > 0) overwrite(`  … ${[...running.values()].join(", ")}`);
  };
  const steps: Steps = {
    begin(name) {
      running.set(name, name);
      showRunning();
    },
    note(name, detail) {
      running.set(name, `${name} ${colors.dim(detail)}`);
      if (live) showRunning();
      else overwrite(`  ${name}: ${detail}\n`);
    },
    done(name, detail, milliseconds) {
      const time = `${(milliseconds / 1000).toFixed(1)} s`;
      const extra = detail === "" ? "" : `, ${detail}`;
      overwrite(`  ${colors.green("✔")} ${name} ${colors.dim(`(${time}${extra})`)}\n`);
      running.delete(name);
      showRunning();
    },
    async run(name, work) {
      const begin = performance.now();
      steps.begin(name);
      try {
        const result = await work();
        steps.done(name, "", performance.now() - begin);
        return result;
      } finally {
        running.delete(name);
      }
    },
  };
  return steps;
}
