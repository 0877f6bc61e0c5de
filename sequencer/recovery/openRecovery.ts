/**
 * A sequencer's database and state store again, from L1 alone: for an operator whose disks are gone. A verifier rebuilds
 * the chain and checks every block; what comes into the database is what the block builder and the poster would have
 * written. Until all of it is there, no sequencer starts on it; a recovery that was cut off goes on where it was.
 */
import path from "node:path";
import { createPublicClient, http } from "viem";
import { readL2Deployment, rollupAbi } from "../../contracts/index.ts";
import { type Config, createClosers, createRedis, createSql, type Sql } from "../../infra/index.ts";
import { migrate } from "../../migrations/index.ts";
import { BraidError, type ChainConfig, type Hex } from "../../protocol/index.ts";
import { type ChainStore, createChainStore } from "../chain-store/index.ts";
import { beginRecovery, endRecovery, planOf, recoveryOf, writeChainPlan } from "../deployment/index.ts";
import { requireStores } from "../runningRole.ts";
import { type ChainStoreSink, chainStoreSink } from "./chainStoreSink.ts";
import { type WaitingTransaction, waitingTransactions } from "./waitingTransactions.ts";

export interface RecoveryOptions {
  config: Config;
  l1Url: string;
  rollup: Hex;
}

export interface Recovery {
  /** Takes what a verifier has verified, in chain order. */
  sink: ChainStoreSink;
  /** Throws RecoveryError when the sequencer's settings are not this chain's. */
  requireSettings(chain: { config: ChainConfig; l1ChainId: number }): void;
  /**
   * All blocks are there: a sequencer may start. The state store must be closed. Gives what was acknowledged and is in
   * none of them, as far as Redis knows it.
   */
  finish(lastBlock: number): Promise<WaitingTransaction[]>;
  close(): Promise<void>;
}

export class RecoveryError extends BraidError {
  constructor(message: string, hint: string) {
    super("RECOVERY_REFUSED", message, { hint });
  }
}

/** Throws RecoveryError for a database that holds a chain already. */
export async function openRecovery({ config, l1Url, rollup }: RecoveryOptions): Promise<Recovery> {
  const { redisUrl, databaseUrl } = requireStores(config);
  const closers = createClosers();
  try {
    const sql = await createSql(databaseUrl, { name: "braid-recover" });
    closers.add(() => sql.end({ timeout: 5 }));
    const redis = await createRedis(redisUrl, { name: "braid-recover" });
    closers.add(() => redis.disconnect());
    await migrate(sql);
    const chain = createChainStore(sql, { indexAccounts: config.addressIndex });
    await begin(sql, chain, rollup);
    return {
      sink: chainStoreSink(sql, chain),
      requireSettings: (found) => requireSettings(found, config),
      async finish(lastBlock) {
        await writeChainPlan(sql, await publishedPlan(l1Url, rollup));
        const stateDir = path.join(config.dataDir, "state");
        const waiting = await waitingTransactions({ redis, redisUrl, head: lastBlock, stateDir });
        await endRecovery(sql);
        return waiting;
      },
      close: () => closers.closeAll(),
    };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function begin(sql: Sql, chain: ChainStore, rollup: Hex): Promise<void> {
  const begun = await recoveryOf(sql);
  if (begun === undefined && (await chain.head()) !== undefined) {
    throw new RecoveryError(
      "the database holds a chain: nothing is written over it",
      "Name an empty database with BRAID_DATABASE_URL, and an empty folder with --data.",
    );
  }
  if (begun !== undefined && begun.toLowerCase() !== rollup.toLowerCase()) {
    throw new RecoveryError(
      `the database holds a part of the chain of the rollup ${begun}`,
      "Go on with that rollup, or name an empty database with BRAID_DATABASE_URL.",
    );
  }
  await beginRecovery(sql, rollup);
}

function requireSettings(
  { config, l1ChainId }: { config: ChainConfig; l1ChainId: number },
  wanted: Config,
): void {
  const wrong: string[] = [];
  if (config.chainId !== wanted.l2ChainId) wrong.push(`BRAID_L2_CHAIN_ID is ${config.chainId}`);
  if (config.gasLimit !== wanted.gasLimit) wrong.push(`BRAID_GAS_LIMIT is ${config.gasLimit}`);
  if (l1ChainId !== wanted.l1ChainId) wrong.push(`BRAID_L1_CHAIN_ID is ${l1ChainId}`);
  if (wrong.length === 0) return;
  throw new RecoveryError(`the chain has other settings: ${wrong.join(", ")}`, "Correct them.");
}

/** The plan as the deployment published it, with the addresses that the rollup names. */
async function publishedPlan(l1Url: string, rollup: Hex) {
  const published = await readL2Deployment({ l1Url, rollup });
  if (published === undefined) throw new RecoveryError(`${rollup} on L1 is no rollup`, "Correct --rollup.");
  const client = createPublicClient({ transport: http(l1Url) });
  const contract = { address: rollup, abi: rollupAbi } as const;
  const portal = await client.readContract({ ...contract, functionName: "queue" });
  const verifier = await client.readContract({ ...contract, functionName: "verifier" });
  const { l1StandardBridge: standardBridge } = published.deployment;
  return planOf(published.deployment, {
    rollup,
    portal,
    queue: portal,
    l2OutputOracle: rollup,
    standardBridge,
    verifier,
  });
}
