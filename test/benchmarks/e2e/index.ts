import { mnemonicToAccount } from "viem/accounts";
import { BraidError, DEVELOPMENT_MNEMONIC, keccak256 } from "../../../protocol/index.ts";
import { cpuByProcess } from "./cpuByProcess.ts";
import { HttpConnections } from "./httpConnections.ts";
import { type LoadOptions, type LoadPlan, type LoadResult, runLoad } from "./runLoad.ts";
import { makeSigners, type Signer, signerOf, signTransfer } from "./signTransfers.ts";
import { type BenchmarkNode, type NodeName, startNode } from "./startNode.ts";

export { formatReport } from "./formatReport.ts";

export interface EndToEndOptions {
  nodes?: NodeName[];
  accounts?: number;
  /** Transfers of each account in the run at full speed; the paced run sends half as many. */
  transfersPerAccount?: number;
  connections?: number;
  batchSize?: number;
  inFlight?: number;
  /** Progress, a line at a time. */
  progress?: (line: string) => void;
}

export interface PhaseReport {
  node: NodeName;
  run: "full speed" | "half speed";
  load: LoadResult;
  cpu: { process: string; seconds: number }[];
}

export interface EndToEndReport {
  accounts: number;
  phases: PhaseReport[];
}

const ETHER = 10n ** 18n;
const PATIENCE_MS = 20_000;

/**
 * Transfers end to end, Braid and Anvil in turn on this machine, with the same signed transactions but for the chain
 * id: first as fast as the node takes them, then at half that rate for latency. The load runs in this process, which
 * does nothing else meanwhile. A lost transaction is an error.
 */
export async function runEndToEndBenchmark(options: EndToEndOptions = {}): Promise<EndToEndReport> {
  const { nodes = ["braid", "anvil"], accounts = 1_000 } = options;
  const phases: PhaseReport[] = [];
  for (const name of nodes) {
    options.progress?.(`starting ${name}`);
    const node = await startNode(name);
    try {
      phases.push(...(await measureNode(node, { ...options, accounts })));
    } finally {
      await node.stop();
    }
  }
  const report = { accounts, phases };
  for (const { node, run, load } of phases) {
    if (load.lost + load.reverted === 0) continue;
    throw new BraidError("BENCH_LOST", `${node}, ${run}: ${load.lost} lost, ${load.reverted} reverted`, {
      cause: report,
    });
  }
  return report;
}

/** Both runs on a node that is up already. */
export async function measureNode(
  node: BenchmarkNode,
  options: EndToEndOptions & { accounts: number },
): Promise<PhaseReport[]> {
  const { accounts, transfersPerAccount = 20, connections = 4, batchSize = 100, inFlight = 4_000 } = options;
  const { name, rpcUrl } = node;
  const chainId = await readNumber(rpcUrl, "eth_chainId", []);
  const signers = makeSigners("bench", accounts);
  const load: LoadOptions = { rpcUrl, batchSize, inFlight, patienceMs: PATIENCE_MS };
  options.progress?.(`${name}: funding ${accounts} accounts`);
  await fund(signers, chainId, load);
  options.progress?.(`${name}: signing`);
  const full = planTransfers(signers, chainId, 0, transfersPerAccount, connections);
  const paced = planTransfers(
    signers,
    chainId,
    transfersPerAccount,
    Math.ceil(transfersPerAccount / 2),
    connections,
  );
  options.progress?.(`${name}: full speed`);
  const fast = await measure(node, "full speed", full, load);
  const rate = Math.max(1, Math.floor(fast.load.perSecond / 2));
  options.progress?.(`${name}: ${fast.load.perSecond.toFixed(0)} tx/s; now ${rate} tx/s`);
  return [fast, await measure(node, "half speed", paced, { ...load, rate })];
}

async function measure(
  node: BenchmarkNode,
  run: PhaseReport["run"],
  plan: LoadPlan,
  options: LoadOptions,
): Promise<PhaseReport> {
  const before = cpuByProcess(node.pid);
  const own = process.cpuUsage();
  const load = await runLoad(plan, options);
  const { user, system } = process.cpuUsage(own);
  const cpu = [...cpuByProcess(node.pid)].map(([role, seconds]) => ({
    process: role,
    seconds: seconds - (before.get(role) ?? 0),
  }));
  cpu.push({ process: "load", seconds: (user + system) / 1e6 });
  return { node: node.name, run, load, cpu };
}

async function fund(signers: Signer[], chainId: number, options: LoadOptions): Promise<void> {
  const key = mnemonicToAccount(DEVELOPMENT_MNEMONIC).getHdKey().privateKey;
  if (key === null) throw new BraidError("BENCH_NO_KEY", "the development mnemonic gave no key");
  const rich = signerOf(key);
  const account = `0x${Buffer.from(rich.address).toString("hex")}`;
  const nonce = await readNumber(options.rpcUrl, "eth_getTransactionCount", [account, "pending"]);
  const transfers = signers.map(({ address }, index) =>
    signTransfer(chainId, rich, nonce + index, address, ETHER),
  );
  const result = await runLoad([transfers], options);
  if (result.lost + result.reverted > 0) {
    throw new BraidError("BENCH_NOT_FUNDED", `${result.lost} of ${signers.length} accounts were not funded`, {
      hint: Object.keys(result.refusals)[0] ?? "The node included fewer transfers than it took.",
    });
  }
}

/** Each account pays a receiver of its own; an account's transfers go over one connection, in nonce order. */
function planTransfers(
  signers: Signer[],
  chainId: number,
  firstNonce: number,
  each: number,
  connections: number,
): LoadPlan {
  const plan: LoadPlan = Array.from({ length: connections }, () => []);
  const receivers = signers.map(({ address }) => keccak256(address).slice(12));
  for (let nonce = firstNonce; nonce < firstNonce + each; nonce++) {
    for (const [index, signer] of signers.entries()) {
      const to = receivers[index] ?? signer.address;
      plan[index % connections]?.push(signTransfer(chainId, signer, nonce, to, 1n));
    }
  }
  return plan;
}

async function readNumber(rpcUrl: string, method: string, params: unknown[]): Promise<number> {
  const connection = new HttpConnections(rpcUrl, 1);
  try {
    return Number(await connection.call(method, params));
  } finally {
    connection.close();
  }
}
