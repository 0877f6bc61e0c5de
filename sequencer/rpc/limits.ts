/** What one client may ask of an RPC process. Sizes in bytes, times in milliseconds. */
export interface RpcLimits {
  requestBytes: number;
  /** Headers and body of a request must have arrived by then. */
  requestMs: number;
  /** Of one call's result. */
  responseBytes: number;
  batchMembers: number;
  /** Of all results of one batch together. */
  batchResponseBytes: number;
  /** Members of a batch that run at once; submissions always run together, so that the pool can batch its writes. */
  batchConcurrency: number;
  /** Blocks that one log query may span. */
  logRange: number;
  /** Logs that one query may return. */
  logResults: number;
  /** Addresses, and alternatives at one topic position, in a log filter. */
  filterAlternatives: number;
  /** Of one call or estimate. */
  callMs: number;
  traceMs: number;
  traceBytes: number;
  /** How long eth_sendRawTransactionSync waits unless told, and at most. */
  sendSyncMs: number;
  sendSyncMaxMs: number;
  /** Lookups that the condition of a transaction may take. */
  conditionCost: number;
  /** Transactions that txpool_content and txpool_inspect list. */
  poolContent: number;
  subscriptionsPerConnection: number;
  /** Of one client address. */
  filtersPerClient: number;
  filters: number;
  filterIdleMs: number;
  /** Hashes that a pending-transaction filter holds between two polls. */
  filterBacklog: number;
  /** Open connections, HTTP and WebSocket. */
  connections: number;
  webSocketConnections: number;
  webSocketsPerAddress: number;
  /** A WebSocket client that leaves more than this unread is disconnected. */
  webSocketBufferBytes: number;
  /** A WebSocket client that answers no ping within this time is disconnected. */
  webSocketPingMs: number;
  /** Requests that may be in work at once, members of batches each; more are refused. */
  inWorkPerConnection: number;
  inWorkPerAddress: number;
  /** Requests a second, members of batches each; 0 is no bound. */
  ratePerConnection: number;
  ratePerAddress: number;
  /** HTTP responses from this size on are compressed for clients that ask for it. */
  compressBytes: number;
  /** Block bodies kept in memory; answers rendered from them may take half as much again. */
  blockCacheBytes: number;
  feeHistoryBlocks: number;
  /** With reward percentiles whole blocks are read. */
  feeHistoryRewardBlocks: number;
  proofKeys: number;
  /** Blocks that one query for hot slots may look at, and locations that it returns. */
  hotSlotBlocks: number;
  hotSlotResults: number;
  /** Time that open requests get when the server stops. */
  stopMs: number;
}

export const DEFAULT_RPC_LIMITS: RpcLimits = {
  requestBytes: 5 * 1024 * 1024,
  requestMs: 30_000,
  responseBytes: 100_000_000,
  batchMembers: 1000,
  batchResponseBytes: 25 * 1000 * 1000,
  batchConcurrency: 32,
  logRange: 50_000,
  logResults: 10_000,
  filterAlternatives: 1000,
  callMs: 5000,
  traceMs: 30_000,
  traceBytes: 100_000_000,
  sendSyncMs: 20_000,
  sendSyncMaxMs: 60_000,
  conditionCost: 1000,
  poolContent: 20_000,
  subscriptionsPerConnection: 128,
  filtersPerClient: 256,
  filters: 10_000,
  filterIdleMs: 5 * 60 * 1000,
  filterBacklog: 10_000,
  connections: 10_000,
  webSocketConnections: 1000,
  webSocketsPerAddress: 200,
  webSocketBufferBytes: 16 * 1024 * 1024,
  webSocketPingMs: 30_000,
  inWorkPerConnection: 1000,
  inWorkPerAddress: 10_000,
  ratePerConnection: 0,
  ratePerAddress: 0,
  compressBytes: 1024 * 1024,
  blockCacheBytes: 64 * 1024 * 1024,
  feeHistoryBlocks: 1024,
  feeHistoryRewardBlocks: 128,
  proofKeys: 1024,
  hotSlotBlocks: 1000,
  hotSlotResults: 100,
  stopMs: 5000,
};
