import {
  type Config,
  createClosers,
  createMetrics,
  createRedis,
  type Logger,
  startAdminServer,
  waitForL1,
} from "../infra/index.ts";
import { BraidError, bytesToHex, type ChainConfig, type Hex, proofQueueName } from "../protocol/index.ts";
import { createBlobHasher } from "./blobs/createBlobHasher.ts";
import { createProver, type Prover } from "./createProver.ts";
import { connectVerifier, type RegisteredVerifier } from "./l1Verifier.ts";
import { startProofWorker } from "./worker/createProofWorker.ts";
import { RedisProofSource } from "./worker/proofSource.ts";
import { createProverMetrics } from "./worker/proverMetrics.ts";

/** The prover's process. */
export interface RunningProver {
  /** Shown to the operator. */
  info: Record<string, string>;
  stop(): Promise<void>;
}

export interface StartProverDeps {
  logger: Logger;
  /** The rollup that proofs are for, where the configuration does not say it. */
  rollup?: string | undefined;
  /** The rules of the chain that this rollup on L1 is for, as L1 publishes them. */
  chainOf(l1Url: string, rollup: Hex): Promise<ChainConfig>;
}

type ProverConfig = Pick<
  Config,
  "redisUrl" | "l1Url" | "l1ChainId" | "l2Host" | (`prover${string}` & keyof Config)
>;

class ProverSettingError extends BraidError {
  constructor(setting: string, what: string) {
    super("SETTING_MISSING", `${setting} is not set`, { hint: `Set it to ${what}.` });
  }
}

const L1_DEADLINE_MS = 60_000;

/** Takes jobs until it is stopped. L1 and Redis may go away and come back meanwhile. */
export async function startProver(config: ProverConfig, deps: StartProverDeps): Promise<RunningProver> {
  const closers = createClosers();
  try {
    const { redisUrl, l1Url, proverKey, rollup } = required(config, deps.rollup);
    await waitForL1({ url: l1Url, chainId: config.l1ChainId, deadlineMs: L1_DEADLINE_MS });
    const verifier = connectVerifier(l1Url, rollup);
    const chain = await deps.chainOf(l1Url, rollup);
    const { prover, signer } = proverOf({
      l1ChainId: config.l1ChainId,
      chain,
      key: proverKey,
      rollup,
      verifier,
    });
    const redis = await createRedis(redisUrl, { name: "braid-prover" });
    closers.add(() => redis.disconnect());
    const registry = createMetrics("prover");
    const queueName = proofQueueName(config.proverOwnQueue ? signer : undefined);
    const worker = await startProofWorker({
      prover,
      source: new RedisProofSource(redis),
      redis,
      queueName,
      log: deps.logger,
      metrics: createProverMetrics(registry),
      timeoutMs: config.proverTimeoutMs,
      leaseMs: config.proverLeaseMs,
    });
    closers.add(() => worker.stop());
    const admin = await startAdminServer({
      host: config.l2Host,
      port: config.proverMetricsPort,
      flag: "--prover-metrics-port",
      registry,
      notReady: async () =>
        redis.status === "ready" ? notRegistered(verifier, signer) : "no connection to Redis",
    });
    closers.add(() => admin.stop());
    const metricsUrl = `http://${config.l2Host}:${admin.port}/metrics`;
    return { info: { prover: signer, rollup, queue: queueName, metricsUrl }, stop: () => closers.closeAll() };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

function required(config: ProverConfig, rollup: string | undefined) {
  const { redisUrl, l1Url, proverKey } = config;
  if (redisUrl === undefined)
    throw new ProverSettingError("BRAID_REDIS_URL", "the URL of the sequencer's Redis");
  if (l1Url === undefined) throw new ProverSettingError("BRAID_L1_URL", "the RPC of an L1");
  if (proverKey === undefined) throw new ProverSettingError("BRAID_PROVER_KEY", "this prover's private key");
  if (rollup === undefined || !isAddress(rollup)) {
    throw new ProverSettingError("BRAID_ROLLUP_ADDRESS", "the rollup's address on L1");
  }
  return { redisUrl, l1Url, proverKey, rollup };
}

function isAddress(text: string): text is Hex {
  return /^0x[0-9a-fA-F]{40}$/.test(text);
}

/** The rollup's owner may name another verifier at any time, so each proof asks for it. */
function proverOf(parts: {
  l1ChainId: number;
  chain: ChainConfig;
  key: Hex;
  rollup: Hex;
  verifier: RegisteredVerifier;
}): { prover: Prover; signer: Hex } {
  const { l1ChainId, chain, key, rollup, verifier } = parts;
  const hashBlobs = createBlobHasher();
  const create = (address: Hex) =>
    createProver({
      chain,
      l1: {
        chainId: l1ChainId,
        rollup: Buffer.from(rollup.slice(2), "hex"),
        verifier: Buffer.from(address.slice(2), "hex"),
      },
      key,
      hashBlobs,
    });
  return {
    signer: bytesToHex(create(rollup).signer),
    prover: {
      prove: async (batch, witness, options) =>
        create(await verifier.address()).prove(batch, witness, options),
    },
  };
}

async function notRegistered(verifier: RegisteredVerifier, signer: Hex): Promise<string | undefined> {
  try {
    if (await verifier.knows(signer)) return undefined;
    return `${signer} is not among the verifier's provers`;
  } catch (error) {
    return `L1 does not answer: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  }
}
