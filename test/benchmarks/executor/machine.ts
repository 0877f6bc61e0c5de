import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { keccakBackend, recoveryBackend } from "../../../protocol/index.ts";

export interface Machine {
  processor: string;
  cores: number;
  memoryGiB: number;
  /** Processes that wanted a core in the last minute, before the benchmark: figures of a busy machine mean little. */
  load: number;
  node: string;
  /** Short hash, with "+" when the checkout was changed since; "unknown" outside of git. */
  commit: string;
  keccak: string;
  recovery: string;
}

export function machine(): Machine {
  return {
    processor: cpus()[0]?.model ?? "unknown processor",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? 0,
    node: process.version,
    commit: commit(),
    keccak: keccakBackend,
    recovery: recoveryBackend,
  };
}

export function machineLine(machine: Machine): string {
  const { processor, cores, memoryGiB, load, node, commit, keccak, recovery } = machine;
  const busy = load > cores / 2 ? " (busy: the figures mean little)" : "";
  return [
    `${processor}, ${cores} cores, ${memoryGiB} GiB, load ${load.toFixed(1)}${busy}`,
    `Node ${node}, commit ${commit}, keccak ${keccak}, recovery ${recovery}`,
  ].join("\n");
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  try {
    return (
      git("rev-parse", "--short", "HEAD").trim() + (git("status", "--porcelain").trim() === "" ? "" : "+")
    );
  } catch {
    return "unknown";
  }
}
