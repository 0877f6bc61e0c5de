import pc from "picocolors";
import { bytesToHex } from "../../protocol/index.ts";
import type { Difference, VerifyProgress, VerifyReport } from "../../verifier/index.ts";

export interface VerifyOutput {
  started(chain: { l1: number; chainId: number; rollup: string; dataDir: string }): void;
  /** The RPC answers there. */
  serving(url: string): void;
  progress(progress: VerifyProgress): void;
  verified(report: VerifyReport): void;
  differs(difference: Difference): void;
}

const BAR = 24;

/** On a terminal a bar on standard error; elsewhere JSON lines on standard output. The last line is the same on both. */
export function createVerifyOutput(): VerifyOutput {
  return process.stdout.isTTY === true && process.stderr.isTTY === true ? terminalOutput() : jsonOutput();
}

function jsonOutput(): VerifyOutput {
  const line = (event: string, fields: object) => {
    process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  };
  return {
    started: (chain) => line("started", chain),
    serving: (url) => line("serving", { url }),
    progress: ({ transactionsPerSecond, secondsLeft, ...rest }) =>
      line("progress", {
        ...rest,
        transactionsPerSecond: Math.round(transactionsPerSecond),
        secondsLeft: secondsLeft === undefined ? null : Math.round(secondsLeft),
      }),
    verified(report) {
      process.stdout.write(`${lastLine(report)}\n`);
    },
    differs: (difference) => line("difference", difference),
  };
}

function terminalOutput(): VerifyOutput {
  const colors = pc.createColors(true);
  const overwrite = (text: string) => process.stderr.write(`\r\x1b[2K${text}`);
  return {
    started({ chainId, l1, rollup }) {
      process.stderr.write(colors.dim(`chain ${chainId}, rollup ${rollup} on L1 ${l1}\n`));
    },
    serving: (url) => overwrite(colors.dim(`JSON-RPC on ${url}\n`)),
    progress: (progress) => overwrite(barOf(progress)),
    verified(report) {
      overwrite("");
      process.stdout.write(`${colors.green(lastLine(report))}\n`);
    },
    differs(difference) {
      overwrite("");
      process.stdout.write(`${colors.red("✘ L1's data gives another chain than was committed")}\n`);
      for (const [name, value] of Object.entries(difference)) {
        if (value !== undefined) process.stdout.write(`  ${name.padEnd(13)} ${value}\n`);
      }
      const { reproduction } = difference;
      if (reproduction !== undefined) process.stdout.write(`  braid replay --repro ${reproduction}\n`);
    },
  };
}

function barOf({ batch, lastBatch, block, lastBlock, ...rest }: VerifyProgress): string {
  const share = lastBlock === 0 ? 1 : Math.min(1, block / lastBlock);
  const filled = Math.round(share * BAR);
  const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
  const rate = `${Math.round(rest.transactionsPerSecond).toLocaleString("en-US")} tx/s`;
  const left = rest.secondsLeft === undefined ? "" : `, ${duration(rest.secondsLeft)} left`;
  return `  ${bar} batch ${batch}/${lastBatch}, block ${block}/${lastBlock}, ${rate}${left}`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.ceil(whole / 60)} min`;
  return `${Math.floor(whole / 3600)} h ${Math.ceil((whole % 3600) / 60)} min`;
}

function lastLine({ firstBlock, lastBlock, stateRoot }: VerifyReport): string {
  return `verified blocks ${firstBlock}..${lastBlock}, state root ${bytesToHex(stateRoot)}`;
}
