import pc from "picocolors";
import type { Config } from "../../infra/index.ts";
import { readDeployment } from "../supervision/deploymentFile.ts";

export interface ReadyInfo {
  config: Config;
  l1Url: string;
  metricsPort: number;
  /** What the roles said of themselves. */
  info: Record<string, string>;
}

/** Accounts 0 to 2 of the development mnemonic. */
const DEV_ACCOUNTS = [
  "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
  "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
];

/** Standard output's first line is `braid ready` with the URLs; scripts wait for it. */
export function printReady(ready: ReadyInfo): void {
  const { config } = ready;
  const host = config.l2Host === "0.0.0.0" ? "127.0.0.1" : config.l2Host;
  const rpc = ready.info["rpcUrl"] ?? `http://${host}:${config.l2Port}`;
  const ws = ready.info["wsUrl"] ?? `ws://${host}:${config.l2Port}`;
  const metrics = ready.info["metricsUrl"] ?? `http://${host}:${ready.metricsPort}/metrics`;
  const colors = pc.createColors(process.stdout.isTTY === true);
  const lines = [
    `${colors.bold(colors.green("braid ready"))}  L2 ${rpc}  ${ws}  L1 ${ready.l1Url}`,
    row("chain ids", `L2 ${config.l2ChainId}, L1 ${config.l1ChainId}`),
  ];
  const contracts = Object.entries(readDeployment(config.dataDir)?.l1.contracts ?? {});
  for (const [name, address] of contracts) lines.push(row(name, address));
  lines.push(
    row("accounts", `${DEV_ACCOUNTS.join(" ")} … (10, "test test … junk")`),
    row("metrics", metrics),
    row("data", config.dataDir),
  );
  process.stdout.write(`${lines.join("\n")}\n`);
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(16)} ${value}`;
}
