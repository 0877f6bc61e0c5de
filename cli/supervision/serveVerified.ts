import { createPublicClient, http } from "viem";
import { rollupAbi } from "../../contracts/index.ts";
import { createLogger, loadConfig } from "../../infra/index.ts";
import { bytesToHex, type Hex } from "../../protocol/index.ts";
import { type RunningRole, startReadNode } from "../../sequencer/index.ts";
import { type Archive, stateDirOf, type VerifiedChain } from "../../verifier/index.ts";

export interface ServedVerification {
  archive: Archive;
  chain: VerifiedChain;
  /** The verifier's. */
  dataDir: string;
  l1Url: string;
  port: number;
  host: string;
  /** URL that the refusal of a transaction names. */
  sendTo?: string;
}

export interface Serving {
  /** Rejects when the RPC could not start; never resolves. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

/** Serves the RPC over what a verifier verifies, as soon as there is a block. `onReady` is told its URL. */
export function serveVerified(served: ServedVerification, onReady: (url: string) => void): Serving {
  const end = new AbortController();
  const starting = start(served, end.signal);
  const failed = starting.then((role) => {
    onReady(role.info["rpcUrl"] ?? "");
    return new Promise<never>(() => undefined);
  });
  // Whoever races it sees a failure; after the end there is nobody.
  failed.catch(() => undefined);
  return {
    failed,
    async stop() {
      end.abort();
      const [role] = await Promise.allSettled([starting]);
      if (role.status === "fulfilled") await role.value.stop();
    },
  };
}

async function start(served: ServedVerification, signal: AbortSignal): Promise<RunningRole> {
  const { archive, chain, dataDir, l1Url, port, host, sendTo } = served;
  const flags = { l2Port: String(port), l2Host: host };
  const config = loadConfig({ env: process.env, flags });
  const rollup = bytesToHex(chain.rollup);
  return startReadNode({
    archive,
    stateDirectory: stateDirOf(dataDir),
    chain: chain.config,
    config,
    logger: createLogger({ level: config.logLevel, format: config.logFormat, name: "rpc" }),
    portal: { l1Url, rollup, portal: await portalOf(l1Url, rollup) },
    signal,
    ...(sendTo === undefined ? {} : { sendTo }),
  });
}

function portalOf(l1Url: string, rollup: Hex): Promise<Hex> {
  const reader = createPublicClient({ transport: http(l1Url) });
  return reader.readContract({ address: rollup, abi: rollupAbi, functionName: "queue" });
}
