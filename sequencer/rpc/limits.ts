/** What one client may ask of an RPC process. Sizes in bytes, times in milliseconds. */
export interface RpcLimits {
  requestBytes: number;
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
  subscriptionsPerConnection: number;
  filtersPerClient: number;
  filters: number;
  filterIdleMs: number;
  /** Hashes that a pending-transaction filter holds between two polls. */
  filterBacklog: number;
  webSocketConnections: number;
  /** A WebSocket client that leaves more than this unread is disconnected. */
  webSocketBufferBytes: number;
  /** Requests of one WebSocket connection that may be in work at once; more are refused. */
  webSocketConcurrency: number;
  /** Block bodies kept in memory. */
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
  batchMembers: 1000,
  batchResponseBytes: 25 * 1000 * 1000,
  batchConcurrency: 32,
  logRange: 50_000,
  logResults: 10_000,
  filterAlternatives: 1000,
  subscriptionsPerConnection: 128,
  filtersPerClient: 256,
  filters: 10_000,
  filterIdleMs: 5 * 60 * 1000,
  filterBacklog: 10_000,
  webSocketConnections: 1000,
  webSocketBufferBytes: 16 * 1024 * 1024,
  webSocketConcurrency: 1000,
  blockCacheBytes: 64 * 1024 * 1024,
  feeHistoryBlocks: 1024,
  feeHistoryRewardBlocks: 128,
  proofKeys: 1024,
  hotSlotBlocks: 1000,
  hotSlotResults: 100,
  stopMs: 5000,
};
