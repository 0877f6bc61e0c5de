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
  const steps: Steps = {
    begin(name) {
      if (live) overwrite(`  … ${name}`);
    },
    note(name, detail) {
      overwrite(live ? `  … ${name} ${colors.dim(detail)}` : `  ${name}: ${detail}\n`);
    },
    done(name, detail, milliseconds) {
      const time = `${(milliseconds / 1000).toFixed(1)} s`;
      const extra = detail === "" ? "" : `, ${detail}`;
      overwrite(`  ${colors.green("✔")} ${name} ${colors.dim(`(${time}${extra})`)}\n`);
    },
    async run(name, work) {
      const begin = performance.now();
      steps.begin(name);
      const result = await work();
      steps.done(name, "", performance.now() - begin);
      return result;
    },
  };
  return steps;
}
