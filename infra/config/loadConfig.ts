import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { BraidError, type Hex } from "../../protocol/index.ts";
import type { Field } from "./field.ts";
import { FIELDS, type FieldName } from "./fields.ts";
import { assemblePoster, POSTER_SCHEMAS, type PosterConfig } from "./posterFields.ts";
import { assembleRpc, RPC_SCHEMAS, type RpcConfig } from "./rpcFields.ts";
import {
  assembleSettlement,
  DEV_PROVER_KEY,
  SETTLEMENT_SCHEMAS,
  type SettlementConfig,
} from "./settlementFields.ts";

type Values = z.output<typeof schema>;

/** All settings of a node, checked. `dataDir` is absolute. */
export interface Config
  extends Omit<
    Values,
    | "l1Confirmations"
    | "lanes"
    | "metricsPort"
    | "proverMetricsPort"
    | "sequencerKey"
    | `mempool${string}`
    | `rpc${string}`
    | `settlement${string}`
    | `poster${string}`
    | `signer${string}`
  > {
  l1Confirmations: number;
  lanes: number;
  metricsPort: number;
  proverMetricsPort: number;
  /** 32 bytes. Secret. */
  sequencerKey: Hex;
  mempool: { total: number; perSender: number; queuedPerSender: number; timeToLiveMs: number };
  rpc: RpcConfig;
  settlement: SettlementConfig;
  poster: PosterConfig;
}

/** One or more settings are wrong; the message lists all of them. */
export class ConfigError extends BraidError {
  readonly problems: string[];

  constructor(problems: string[]) {
    super("CONFIG_INVALID", `wrong settings:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`, {
      hint: "`braid --help` and .env.example list every setting with its default.",
    });
    this.problems = problems;
  }
}

/** Account 0 of the development mnemonic. Public knowledge: never on a chain with value. */
const DEV_SEQUENCER_KEY: Hex = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const DEV_L1_CHAIN_ID = 31337;

const schema = z.object({
  dataDir: FIELDS.dataDir.schema,
  l2Host: FIELDS.l2Host.schema,
  l2Port: FIELDS.l2Port.schema,
  l1Port: FIELDS.l1Port.schema,
  l1Url: FIELDS.l1Url.schema,
  l1ChainId: FIELDS.l1ChainId.schema,
  l1Confirmations: FIELDS.l1Confirmations.schema,
  l1PollMs: FIELDS.l1PollMs.schema,
  l2ChainId: FIELDS.l2ChainId.schema,
  redisUrl: FIELDS.redisUrl.schema,
  databaseUrl: FIELDS.databaseUrl.schema,
  metricsPort: FIELDS.metricsPort.schema,
  lanes: FIELDS.lanes.schema,
  shadow: FIELDS.shadow.schema,
  blockIntervalMs: FIELDS.blockIntervalMs.schema,
  heartbeatMs: FIELDS.heartbeatMs.schema,
  batchIntervalMs: FIELDS.batchIntervalMs.schema,
  gasLimit: FIELDS.gasLimit.schema,
  maxTransactionsPerBlock: FIELDS.maxTransactionsPerBlock.schema,
  maxBlockBytes: FIELDS.maxBlockBytes.schema,
  rollupAddress: FIELDS.rollupAddress.schema,
  deploy: FIELDS.deploy.schema,
  dev: FIELDS.dev.schema,
  addressIndex: FIELDS.addressIndex.schema,
  sequencerKey: FIELDS.sequencerKey.schema,
  proverOwnQueue: FIELDS.proverOwnQueue.schema,
  proverTimeoutMs: FIELDS.proverTimeoutMs.schema,
  proverLeaseMs: FIELDS.proverLeaseMs.schema,
  proverMetricsPort: FIELDS.proverMetricsPort.schema,
  logLevel: FIELDS.logLevel.schema,
  logFormat: FIELDS.logFormat.schema,
  mempoolTotal: FIELDS.mempoolTotal.schema,
  mempoolPerSender: FIELDS.mempoolPerSender.schema,
  mempoolQueuedPerSender: FIELDS.mempoolQueuedPerSender.schema,
  mempoolTimeToLiveMs: FIELDS.mempoolTimeToLiveMs.schema,
  ...SETTLEMENT_SCHEMAS,
  ...POSTER_SCHEMAS,
  ...RPC_SCHEMAS,
} satisfies Record<FieldName, unknown>);

export interface ConfigSources {
  env: Record<string, string | undefined>;
  /** What the command line gave, by field name; it goes before the environment. */
  flags?: Partial<Record<FieldName, string | undefined>>;
}

/** Flag, then environment, then default. Throws ConfigError with every problem at once. */
export function loadConfig(sources: ConfigSources): Config {
  const problems: string[] = [...unknownVariables(sources.env)];
  const raw: Record<string, string | undefined> = {};
  for (const name of fieldNames()) {
    const field: Field<unknown> = FIELDS[name];
    const fromEnv = sources.env[field.env];
    raw[name] = sources.flags?.[name] ?? (fromEnv === "" ? undefined : fromEnv) ?? field.default;
  }
  const parsed = schema.safeParse(raw);
  for (const issue of parsed.error?.issues ?? []) {
    const name = fieldNames().find((one) => one === issue.path[0]);
    problems.push(name === undefined ? issue.message : describe(name, raw[name], issue.message));
  }
  const values = parsed.data;
  if (values !== undefined) problems.push(...keyProblems(values));
  if (problems.length > 0 || values === undefined) throw new ConfigError(problems);
  return assemble(values);
}

function keyProblems({ sequencerKey, l1ChainId, signerUrl, signerAddress }: Values): string[] {
  if ((signerUrl === undefined) !== (signerAddress === undefined)) {
    return ["BRAID_SIGNER_URL and BRAID_SIGNER_ADDRESS belong together: set both or none"];
  }
  return sequencerKey === undefined && signerUrl === undefined && l1ChainId !== DEV_L1_CHAIN_ID
    ? ["BRAID_SEQUENCER_KEY must be set: the development key is used on L1 chain 31337 only"]
    : [];
}

function describe(name: FieldName, value: string | undefined, message: string): string {
  const field: Field<unknown> = FIELDS[name];
  const where = field.flag === undefined ? field.env : `${field.flag} (${field.env})`;
  const shown = field.secret ? "its value (not shown)" : JSON.stringify(value ?? "");
  return `${where}: ${shown} ${message}; it is the ${field.meaning}`;
}

/** A misspelt variable would otherwise silently be the default. */
function unknownVariables(env: Record<string, string | undefined>): string[] {
  const known = new Set<string>(Object.values(FIELDS).map((field) => field.env));
  return Object.keys(env)
    .filter((name) => name.startsWith("BRAID_") && !known.has(name) && !/^BRAID_(TEST|BENCH)_/.test(name))
    .map((name) => `${name} is no setting of braid; correct its spelling or unset it`);
}

function assemble(values: Values): Config {
  const { mempoolTotal, mempoolPerSender, mempoolQueuedPerSender, mempoolTimeToLiveMs, ...rest } = values;
  const isDevelopment = values.l1ChainId === DEV_L1_CHAIN_ID;
  return {
    ...rest,
    dataDir: resolve(values.dataDir),
    l1Confirmations: values.l1Confirmations ?? (isDevelopment ? 0 : 4),
    lanes: values.lanes ?? Math.min(availableParallelism(), 8),
    metricsPort: values.metricsPort ?? (values.l2Port === 0 ? 0 : values.l2Port + 1),
    proverMetricsPort: values.proverMetricsPort ?? (values.l2Port === 0 ? 0 : values.l2Port + 2),
    sequencerKey: values.sequencerKey ?? DEV_SEQUENCER_KEY,
    proverKey: values.proverKey ?? (isDevelopment ? DEV_PROVER_KEY : undefined),
    mempool: {
      total: mempoolTotal,
      perSender: mempoolPerSender,
      queuedPerSender: mempoolQueuedPerSender,
      timeToLiveMs: mempoolTimeToLiveMs,
    },
    rpc: assembleRpc(values),
    settlement: assembleSettlement(values, isDevelopment),
    poster: assemblePoster(values),
  };
}

export function fieldNames(): FieldName[] {
  return Object.keys(FIELDS).filter((name): name is FieldName => name in FIELDS);
}

/** The settings as environment, for a child process: what is given here goes before what it would inherit. */
export function configToEnv(
  settings: Partial<Record<FieldName, string | undefined>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of fieldNames()) {
    const value = settings[name];
    if (value !== undefined) env[FIELDS[name].env] = value;
  }
  return env;
}
