import { readFileSync } from "node:fs";
import path from "node:path";
import type { Address } from "viem";
import { l2Genesis, readL2Deployment } from "../../contracts/index.ts";
import { type Config, createLogger, freePort, loadConfig } from "../../infra/index.ts";
import type { ChainConfig } from "../../protocol/index.ts";
import { startProver } from "../../prover-stub/index.ts";
import { type RunningRole, startRpc, startSequencer } from "../../sequencer/index.ts";
import { startTestStack } from "./stack.ts";

export interface TestNode {
  rpcUrl: string;
  wsUrl: string;
  l1Url: string;
  /** The rollup contract on L1. */
  rollup: Address;
  /** All contracts on L1, by their names in deployment.json. */
  contracts: Record<"rollup" | "portal" | "l2OutputOracle" | "l1StandardBridge", Address>;
  databaseUrl: string;
  config: Config;
  /** Stops the sequencer, lets `meanwhile` happen to what it keeps, and starts it again. */
  restartSequencer(meanwhile?: () => Promise<void>): Promise<void>;
  /** Ends sequencer and RPC, then the servers below them. Rejects when the sequencer failed on its own. */
  stop(): Promise<void>;
}

export interface TestNodeOptions {
  /** With a prover. */
  proves?: boolean;
  /** Gives the URL by which the node reaches the L1 at `l1Url`. */
  l1By?: (l1Url: string) => Promise<string>;
}

/**
 * A whole node in this process, on real servers of its own: what `braid up` runs, with its parts in reach.
 * `settings` are environment variables, as an operator sets them.
 */
export async function startTestNode(
  settings: Record<string, string> = {},
  { proves = false, l1By = async (l1Url) => l1Url }: TestNodeOptions = {},
): Promise<TestNode> {
  const stack = await startTestStack({ redis: true, postgres: true, anvil: true });
  const roles: RunningRole[] = [];
  const stop = async () => {
    for (const role of roles.splice(0).reverse()) await role.stop();
    await stack.stop();
  };
  try {
    const config = loadConfig({
      env: {
        BRAID_DATA_DIR: stack.dataDir,
        BRAID_L2_PORT: String(await freePort()),
        BRAID_METRICS_PORT: String(await freePort()),
        BRAID_REDIS_URL: stack.redisUrl,
        BRAID_DATABASE_URL: stack.databaseUrl,
        BRAID_PROVER_METRICS_PORT: String(await freePort()),
        BRAID_L1_URL: await l1By(stack.l1Url),
        BRAID_DEPLOY: "true",
        BRAID_LANES: "2",
        BRAID_LOG_LEVEL: process.env["BRAID_TEST_LOG"] ?? "error",
        ...settings,
      },
    });
    const logger = createLogger({ level: config.logLevel, format: config.logFormat, name: "test" });
    let sequencer = await startSequencer(config, { logger });
    roles.push(sequencer);
    const rpc = await startRpc(config, { logger });
    roles.push(rpc);
    const deployment = JSON.parse(readFileSync(path.join(config.dataDir, "deployment.json"), "utf8"));
    const { contracts } = deployment.l1;
    if (proves) {
      roles.push(await startProver(config, { logger, rollup: contracts.rollup, chainOf: publishedChain }));
    }
    const failureOf = ({ failed }: RunningRole) =>
      failed?.then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
    let failure = failureOf(sequencer);
    const throwFailure = async () => {
      const failed = await Promise.race([failure, Promise.resolve(undefined)]);
      if (failed !== undefined) throw failed.error;
    };
    return {
      rpcUrl: `http://127.0.0.1:${config.l2Port}`,
      wsUrl: `ws://127.0.0.1:${config.l2Port}`,
      l1Url: stack.l1Url,
      rollup: contracts.rollup,
      contracts,
      databaseUrl: stack.databaseUrl,
      config,
      async restartSequencer(meanwhile = async () => undefined) {
        await throwFailure();
        await sequencer.stop();
        await meanwhile();
        const place = roles.indexOf(sequencer);
        sequencer = await startSequencer(config, { logger });
        failure = failureOf(sequencer);
        roles[place] = sequencer;
      },
      async stop() {
        try {
          await throwFailure();
        } finally {
          await stop();
        }
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function publishedChain(l1Url: string, rollup: Address): Promise<ChainConfig> {
  const published = await readL2Deployment({ l1Url, rollup });
  if (published === undefined) throw new TypeError(`${rollup} is no rollup`);
  return l2Genesis(published.deployment).config;
}
