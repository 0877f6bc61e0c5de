import {
  bigInteger,
  field,
  integer,
  oneOf,
  optionalHex,
  optionalRedis,
  optionalUrl,
  port,
  share,
  text,
  yesOrNo,
} from "./field.ts";
import { POSTER_FIELDS } from "./posterFields.ts";
import { RPC_FIELDS } from "./rpcFields.ts";
import { SETTLEMENT_FIELDS } from "./settlementFields.ts";

/** Every setting of a node. */
export const FIELDS = {
  dataDir: field({
    env: "BRAID_DATA_DIR",
    flag: "--data",
    meaning: "folder for everything that the node keeps",
    default: ".braid",
    schema: text,
  }),
  l2Host: field({
    env: "BRAID_L2_HOST",
    flag: "--l2-host",
    meaning: "address that the L2 RPC and the metrics listen on",
    default: "127.0.0.1",
    schema: text,
  }),
  l2Port: field({
    env: "BRAID_L2_PORT",
    flag: "--l2-port",
    meaning: "port of the L2 RPC, HTTP and WebSocket",
    default: "9545",
    schema: port,
  }),
  l1Port: field({
    env: "BRAID_L1_PORT",
    flag: "--l1-port",
    meaning: "port of the embedded L1 (anvil)",
    default: "8545",
    schema: port,
  }),
  l1Url: field({
    env: "BRAID_L1_URL",
    flag: "--l1-url",
    meaning: "RPC of another L1; then no anvil is started",
    schema: optionalUrl("http:", "https:", "ws:", "wss:"),
  }),
  l1ChainId: field({
    env: "BRAID_L1_CHAIN_ID",
    flag: "--l1-chain-id",
    meaning: "chain id that the L1 must have",
    default: "31337",
    schema: integer(1),
  }),
  l1Confirmations: field({
    env: "BRAID_L1_CONFIRMATIONS",
    meaning: "L1 blocks on top of one before L2 takes its messages (default: 4; none on L1 chain 31337)",
    schema: integer(0, 1000).optional(),
  }),
  l1PollMs: field({
    env: "BRAID_L1_POLL_MS",
    meaning: "milliseconds between looks at L1",
    default: "1000",
    schema: integer(10, 600_000),
  }),
  l2ChainId: field({
    env: "BRAID_L2_CHAIN_ID",
    flag: "--l2-chain-id",
    meaning: "chain id of the L2, fixed with the first start",
    default: "7357",
    schema: integer(1),
  }),
  redisUrl: field({
    env: "BRAID_REDIS_URL",
    meaning: "Redis to use instead of the embedded one",
    secret: true,
    schema: optionalRedis,
  }),
  databaseUrl: field({
    env: "BRAID_DATABASE_URL",
    meaning: "PostgreSQL to use instead of the embedded one",
    secret: true,
    schema: optionalUrl("postgres:", "postgresql:"),
  }),
  metricsPort: field({
    env: "BRAID_METRICS_PORT",
    flag: "--metrics-port",
    meaning: "port of the sequencer's /health, /ready and /metrics (default: L2 port + 1)",
    schema: port.optional(),
  }),
  lanes: field({
    env: "BRAID_LANES",
    flag: "--lanes",
    meaning: "lanes that execute a block at the same time (default: cores, at most 8)",
    schema: integer(1, 64).optional(),
  }),
  shadow: field({
    env: "BRAID_SHADOW",
    flag: "--shadow",
    meaning:
      "share, from 0 to 1, of the blocks run in lanes that are also run one transaction at a time and compared",
    default: "0",
    schema: share,
  }),
  blockIntervalMs: field({
    env: "BRAID_BLOCK_INTERVAL_MS",
    flag: "--block-interval",
    meaning: "at most one block in so many milliseconds",
    default: "100",
    schema: integer(1, 60_000),
  }),
  heartbeatMs: field({
    env: "BRAID_HEARTBEAT_MS",
    meaning: "an idle chain makes an empty block this often, in milliseconds",
    default: "60000",
    schema: integer(100),
  }),
  batchIntervalMs: field({
    env: "BRAID_BATCH_INTERVAL_MS",
    meaning:
      "a batch is sealed at most so many milliseconds after its first block; posting takes an L1 block more",
    default: "7000",
    schema: integer(100),
  }),
  gasLimit: field({
    env: "BRAID_GAS_LIMIT",
    meaning: "gas limit of an L2 block, fixed with the first start",
    default: "120000000",
    schema: bigInteger(1_000_000n),
  }),
  maxTransactionsPerBlock: field({
    env: "BRAID_MAX_TRANSACTIONS_PER_BLOCK",
    meaning: "transactions in one block",
    default: "5000",
    schema: integer(1),
  }),
  maxBlockBytes: field({
    env: "BRAID_MAX_BLOCK_BYTES",
    meaning: "bytes of signed transactions in one block; it must fit one L1 transaction",
    default: "110000",
    schema: integer(1000, 110_000),
  }),
  rollupAddress: field({
    env: "BRAID_ROLLUP_ADDRESS",
    meaning: "Rollup contract on L1 (default: the one in deployment.json)",
    schema: optionalHex(20, "an address"),
  }),
  deploy: field({
    env: "BRAID_DEPLOY",
    flag: "--deploy",
    meaning: "deploy the L1 contracts at start when there are none yet",
    default: "false",
    schema: yesOrNo,
  }),
  dev: field({
    env: "BRAID_DEV",
    flag: "--dev",
    meaning:
      "serve Anvil's and Hardhat's test methods; posts nothing to L1, and the chain stays a development chain",
    default: "false",
    schema: yesOrNo,
  }),
  addressIndex: field({
    env: "BRAID_ADDRESS_INDEX",
    meaning:
      "index the accounts of each block as it is written; otherwise the first search by address does it",
    default: "false",
    schema: yesOrNo,
  }),
  sequencerKey: field({
    env: "BRAID_SEQUENCER_KEY",
    meaning: "private key that posts batches; the public development key is used on chain 31337 only",
    secret: true,
    schema: optionalHex(32, "a private key"),
  }),
  proverOwnQueue: field({
    env: "BRAID_PROVER_OWN_QUEUE",
    meaning: "the prover takes jobs from a queue of its own; needed where several provers must sign",
    default: "false",
    schema: yesOrNo,
  }),
  proverTimeoutMs: field({
    env: "BRAID_PROVER_TIMEOUT_MS",
    meaning: "how long one proof may take, in milliseconds; then another try is made",
    default: "600000",
    schema: integer(1000),
  }),
  proverLeaseMs: field({
    env: "BRAID_PROVER_LEASE_MS",
    meaning: "a prover that does not show itself for so many milliseconds loses its job to another",
    default: "30000",
    schema: integer(1000),
  }),
  proverMetricsPort: field({
    env: "BRAID_PROVER_METRICS_PORT",
    flag: "--prover-metrics-port",
    meaning: "port of the prover's /health, /ready and /metrics (default: L2 port + 2)",
    schema: port.optional(),
  }),
  logLevel: field({
    env: "BRAID_LOG_LEVEL",
    flag: "--log-level",
    meaning: "trace, debug, info, warn, error or silent",
    default: "info",
    schema: oneOf("trace", "debug", "info", "warn", "error", "fatal", "silent"),
  }),
  logFormat: field({
    env: "BRAID_LOG_FORMAT",
    flag: "--log-format",
    meaning: "pretty or json",
    default: "pretty",
    schema: oneOf("pretty", "json"),
  }),
  mempoolTotal: field({
    env: "BRAID_MEMPOOL_TOTAL",
    meaning: "transactions that may wait, all senders",
    default: "65536",
    schema: integer(1),
  }),
  mempoolPerSender: field({
    env: "BRAID_MEMPOOL_PER_SENDER",
    meaning: "transactions of one sender that may wait",
    default: "4096",
    schema: integer(1),
  }),
  mempoolQueuedPerSender: field({
    env: "BRAID_MEMPOOL_QUEUED_PER_SENDER",
    meaning: "transactions of one sender that may wait behind a nonce gap",
    default: "64",
    schema: integer(0),
  }),
  mempoolTimeToLiveMs: field({
    env: "BRAID_MEMPOOL_TTL_MS",
    meaning: "how long a transaction may wait, in milliseconds",
    default: "10800000",
    schema: integer(1000),
  }),
  ...SETTLEMENT_FIELDS,
  ...POSTER_FIELDS,
  ...RPC_FIELDS,
};

export type FieldName = keyof typeof FIELDS;
