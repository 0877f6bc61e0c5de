import { availableParallelism } from "node:os";
import { z } from "zod";
import { bigInteger, field, integer, text } from "./field.ts";

const bound = (env: `BRAID_RPC_${string}`, meaning: string, standard: string, min = 1) =>
  field({ env, meaning, default: standard, schema: integer(min) });

const MIB = 1024 * 1024;

/** Decimal ether, of at most 18 places, in wei. */
function parseEther(text: string): bigint {
  const [whole = "0", places = ""] = text.split(".");
  return BigInt(whole) * 10n ** 18n + BigInt(places.padEnd(18, "0"));
}

/** What one client may ask of the RPC, and how the RPC answers web pages and proxies. A rate of 0 is no bound. */
export const RPC_FIELDS = {
  rpcRequestBytes: bound("BRAID_RPC_REQUEST_BYTES", "largest request body", String(5 * MIB), 1024),
  rpcRequestMs: bound(
    "BRAID_RPC_REQUEST_MS",
    "how long a request may take to arrive, in milliseconds",
    "30000",
    1000,
  ),
  rpcResponseBytes: bound("BRAID_RPC_RESPONSE_BYTES", "largest result of one call", "100000000", 1024),
  rpcBatchMembers: bound("BRAID_RPC_BATCH_MEMBERS", "requests in one JSON-RPC batch", "1000"),
  rpcBatchResponseBytes: bound(
    "BRAID_RPC_BATCH_RESPONSE_BYTES",
    "largest answer to one JSON-RPC batch",
    "25000000",
    1024,
  ),
  rpcLogResults: bound("BRAID_RPC_LOG_RESULTS", "logs that one query may return", "10000"),
  rpcLogRange: bound("BRAID_RPC_LOG_RANGE", "blocks that one log query may span", "50000"),
  rpcCallGas: field({
    env: "BRAID_RPC_CALL_GAS",
    meaning: "gas cap of eth_call and eth_estimateGas",
    default: "50000000",
    schema: bigInteger(21_000n),
  }),
  rpcCallMs: bound("BRAID_RPC_CALL_MS", "how long one call or estimate may run, in milliseconds", "5000"),
  rpcReadThreads: field({
    env: "BRAID_RPC_READ_THREADS",
    meaning: "threads of an RPC process that run calls and traces (default: cores, at least 2, at most 8)",
    schema: integer(1, 64).optional(),
  }),
  rpcReadQueue: bound("BRAID_RPC_READ_QUEUE", "calls and traces that may wait for a thread", "2000"),
  rpcTraceMs: bound("BRAID_RPC_TRACE_MS", "how long one trace may run, in milliseconds", "30000"),
  rpcTraceBytes: bound("BRAID_RPC_TRACE_BYTES", "largest trace", "100000000", 1024),
  rpcFilters: bound("BRAID_RPC_FILTERS", "filters of all clients", "10000"),
  rpcFiltersPerAddress: bound("BRAID_RPC_FILTERS_PER_ADDRESS", "filters of one client address", "256"),
  rpcFilterIdleMs: bound(
    "BRAID_RPC_FILTER_IDLE_MS",
    "a filter that nobody polls for so many milliseconds ends",
    "300000",
  ),
  rpcSendSyncMs: bound(
    "BRAID_RPC_SEND_SYNC_MS",
    "how long eth_sendRawTransactionSync waits unless told, in milliseconds",
    "20000",
  ),
  rpcSendSyncMaxMs: bound(
    "BRAID_RPC_SEND_SYNC_MAX_MS",
    "how long eth_sendRawTransactionSync waits at most, in milliseconds",
    "60000",
  ),
  rpcPoolContent: bound(
    "BRAID_RPC_POOL_CONTENT",
    "transactions that txpool_content and txpool_inspect list",
    "20000",
  ),
  rpcTransactionFeeCap: field({
    env: "BRAID_RPC_TX_FEE_CAP",
    meaning: "most ether that a transaction sent here may offer for its gas; 0 is no bound",
    default: "1",
    schema: z
      .string()
      .regex(/^\d+(\.\d{1,18})?$/, { error: "must be a number of ether" })
      .transform(parseEther),
  }),
  rpcSubscriptions: bound("BRAID_RPC_SUBSCRIPTIONS", "subscriptions of one WebSocket connection", "128"),
  rpcConnections: bound("BRAID_RPC_CONNECTIONS", "open connections, HTTP and WebSocket", "10000"),
  rpcWebSockets: bound("BRAID_RPC_WEBSOCKETS", "open WebSocket connections", "1000"),
  rpcWebSocketsPerAddress: bound(
    "BRAID_RPC_WEBSOCKETS_PER_ADDRESS",
    "open WebSocket connections of one client address",
    "200",
  ),
  rpcWebSocketBufferBytes: bound(
    "BRAID_RPC_WEBSOCKET_BUFFER_BYTES",
    "a WebSocket client that leaves more than this unread is disconnected",
    String(16 * MIB),
    1024,
  ),
  rpcInWorkPerConnection: bound(
    "BRAID_RPC_IN_WORK_PER_CONNECTION",
    "requests of one connection that may be in work at once",
    "1000",
  ),
  rpcInWorkPerAddress: bound(
    "BRAID_RPC_IN_WORK_PER_ADDRESS",
    "requests of one client address that may be in work at once",
    "10000",
  ),
  rpcRatePerConnection: bound(
    "BRAID_RPC_RATE_PER_CONNECTION",
    "requests a second of one connection; 0 is no bound",
    "0",
    0,
  ),
  rpcRatePerAddress: bound(
    "BRAID_RPC_RATE_PER_ADDRESS",
    "requests a second of one client address; 0 is no bound",
    "0",
    0,
  ),
  rpcTrustedHeader: field({
    env: "BRAID_RPC_TRUSTED_HEADER",
    meaning: "header in which a proxy before the RPC names the client's address, such as x-forwarded-for",
    schema: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/, { error: "must be the name of an HTTP header" })
      .transform((name) => name.toLowerCase())
      .optional(),
  }),
  rpcCorsOrigins: field({
    env: "BRAID_RPC_CORS_ORIGINS",
    meaning: "origins whose web pages may use the RPC, separated by commas: * is any, none is none",
    default: "*",
    schema: text,
  }),
  rpcCompressBytes: bound(
    "BRAID_RPC_COMPRESS_BYTES",
    "HTTP responses from this size on are compressed for clients that ask for it",
    String(MIB),
    1024,
  ),
};

export const RPC_SCHEMAS = {
  rpcRequestBytes: RPC_FIELDS.rpcRequestBytes.schema,
  rpcRequestMs: RPC_FIELDS.rpcRequestMs.schema,
  rpcResponseBytes: RPC_FIELDS.rpcResponseBytes.schema,
  rpcBatchMembers: RPC_FIELDS.rpcBatchMembers.schema,
  rpcBatchResponseBytes: RPC_FIELDS.rpcBatchResponseBytes.schema,
  rpcLogResults: RPC_FIELDS.rpcLogResults.schema,
  rpcLogRange: RPC_FIELDS.rpcLogRange.schema,
  rpcCallGas: RPC_FIELDS.rpcCallGas.schema,
  rpcCallMs: RPC_FIELDS.rpcCallMs.schema,
  rpcReadThreads: RPC_FIELDS.rpcReadThreads.schema,
  rpcReadQueue: RPC_FIELDS.rpcReadQueue.schema,
  rpcTraceMs: RPC_FIELDS.rpcTraceMs.schema,
  rpcTraceBytes: RPC_FIELDS.rpcTraceBytes.schema,
  rpcFilters: RPC_FIELDS.rpcFilters.schema,
  rpcFiltersPerAddress: RPC_FIELDS.rpcFiltersPerAddress.schema,
  rpcFilterIdleMs: RPC_FIELDS.rpcFilterIdleMs.schema,
  rpcSendSyncMs: RPC_FIELDS.rpcSendSyncMs.schema,
  rpcSendSyncMaxMs: RPC_FIELDS.rpcSendSyncMaxMs.schema,
  rpcPoolContent: RPC_FIELDS.rpcPoolContent.schema,
  rpcTransactionFeeCap: RPC_FIELDS.rpcTransactionFeeCap.schema,
  rpcSubscriptions: RPC_FIELDS.rpcSubscriptions.schema,
  rpcConnections: RPC_FIELDS.rpcConnections.schema,
  rpcWebSockets: RPC_FIELDS.rpcWebSockets.schema,
  rpcWebSocketsPerAddress: RPC_FIELDS.rpcWebSocketsPerAddress.schema,
  rpcWebSocketBufferBytes: RPC_FIELDS.rpcWebSocketBufferBytes.schema,
  rpcInWorkPerConnection: RPC_FIELDS.rpcInWorkPerConnection.schema,
  rpcInWorkPerAddress: RPC_FIELDS.rpcInWorkPerAddress.schema,
  rpcRatePerConnection: RPC_FIELDS.rpcRatePerConnection.schema,
  rpcRatePerAddress: RPC_FIELDS.rpcRatePerAddress.schema,
  rpcTrustedHeader: RPC_FIELDS.rpcTrustedHeader.schema,
  rpcCorsOrigins: RPC_FIELDS.rpcCorsOrigins.schema,
  rpcCompressBytes: RPC_FIELDS.rpcCompressBytes.schema,
} satisfies Record<keyof typeof RPC_FIELDS, unknown>;

const rpcSchema = z.object(RPC_SCHEMAS);

/** What the settings say of the RPC, under shorter names. */
export interface RpcConfig {
  requestBytes: number;
  requestMs: number;
  responseBytes: number;
  batchMembers: number;
  batchResponseBytes: number;
  logResults: number;
  logRange: number;
  callGas: bigint;
  callMs: number;
  sendSyncMs: number;
  sendSyncMaxMs: number;
  poolContent: number;
  /** In wei; 0 is no bound. */
  transactionFeeCap: bigint;
  readThreads: number;
  readQueue: number;
  traceMs: number;
  traceBytes: number;
  filters: number;
  filtersPerAddress: number;
  filterIdleMs: number;
  subscriptions: number;
  connections: number;
  webSockets: number;
  webSocketsPerAddress: number;
  webSocketBufferBytes: number;
  inWorkPerConnection: number;
  inWorkPerAddress: number;
  ratePerConnection: number;
  ratePerAddress: number;
  /** Lower case. */
  trustedHeader: string | undefined;
  /** `*` among them: any. Empty: none. */
  corsOrigins: string[];
  compressBytes: number;
}

export function assembleRpc(values: z.output<typeof rpcSchema>): RpcConfig {
  return {
    requestBytes: values.rpcRequestBytes,
    requestMs: values.rpcRequestMs,
    responseBytes: values.rpcResponseBytes,
    batchMembers: values.rpcBatchMembers,
    batchResponseBytes: values.rpcBatchResponseBytes,
    logResults: values.rpcLogResults,
    logRange: values.rpcLogRange,
    callGas: values.rpcCallGas,
    callMs: values.rpcCallMs,
    sendSyncMs: values.rpcSendSyncMs,
    sendSyncMaxMs: values.rpcSendSyncMaxMs,
    poolContent: values.rpcPoolContent,
    transactionFeeCap: values.rpcTransactionFeeCap,
    readThreads: values.rpcReadThreads ?? Math.max(2, Math.min(availableParallelism(), 8)),
    readQueue: values.rpcReadQueue,
    traceMs: values.rpcTraceMs,
    traceBytes: values.rpcTraceBytes,
    filters: values.rpcFilters,
    filtersPerAddress: values.rpcFiltersPerAddress,
    filterIdleMs: values.rpcFilterIdleMs,
    subscriptions: values.rpcSubscriptions,
    connections: values.rpcConnections,
    webSockets: values.rpcWebSockets,
    webSocketsPerAddress: values.rpcWebSocketsPerAddress,
    webSocketBufferBytes: values.rpcWebSocketBufferBytes,
    inWorkPerConnection: values.rpcInWorkPerConnection,
    inWorkPerAddress: values.rpcInWorkPerAddress,
    ratePerConnection: values.rpcRatePerConnection,
    ratePerAddress: values.rpcRatePerAddress,
    trustedHeader: values.rpcTrustedHeader,
    corsOrigins: parseOrigins(values.rpcCorsOrigins),
    compressBytes: values.rpcCompressBytes,
  };
}

function parseOrigins(list: string): string[] {
  if (list.trim() === "none") return [];
  const origins = list.split(",").map((origin) => origin.trim().replace(/\/$/, "").toLowerCase());
  return origins.filter((origin) => origin !== "");
}
