import { readdirSync, readFileSync } from "node:fs";

/** Linux counts process times in ticks of 10 ms on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;

interface ProcessTime {
  parent: number;
  seconds: number;
  command: string;
}

/** CPU seconds used so far below `root`, itself included, by the part that each process plays. */
export function cpuByProcess(root: number): Map<string, number> {
  const all = processTimes();
  const byRole = new Map<string, number>();
  let level = [root];
  while (level.length > 0) {
    const next: number[] = [];
    for (const pid of level) {
      const found = all.get(pid);
      if (found === undefined) continue;
      const role = roleOf(found.command);
      byRole.set(role, (byRole.get(role) ?? 0) + found.seconds);
      for (const [child, { parent }] of all) if (parent === pid) next.push(child);
    }
    level = next;
  }
  return byRole;
}

function roleOf(command: string): string {
  for (const name of ["redis", "valkey", "postgres", "anvil"]) if (command.includes(name)) return name;
  const words = command.split("\0");
  for (const name of ["sequencer", "rpc", "executor", "prover", "poster", "up"]) {
    if (words.includes(name)) return name;
  }
  return words[0]?.split("/").at(-1) ?? "?";
}

function processTimes(): Map<number, ProcessTime> {
  const times = new Map<number, ProcessTime>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readIfThere(`/proc/${name}/stat`);
    const command = readIfThere(`/proc/${name}/cmdline`);
    if (stat === undefined || command === undefined) continue;
    // Fields after the parenthesized name: state, ppid, …; utime and stime are the 14th and 15th of the line.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    times.set(Number(name), { parent: Number(fields[1]), seconds, command });
  }
  return times;
}

/** Undefined when the process ended meanwhile. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}
