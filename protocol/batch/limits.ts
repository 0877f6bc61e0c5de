/** Bounds of a batch. A decoder refuses what is over them, so hostile data cannot take its memory. */
export const BATCH_LIMITS = {
  /** As posted. */
  encodedBytes: 8 * 1024 * 1024,
  /** Columns after decompression. */
  columnBytes: 32 * 1024 * 1024,
  blocks: 65_536,
  transactions: 65_536,
  /** Of each table of repeated values. */
  tableEntries: 65_536,
  /** Of one transaction's envelope. */
  transactionBytes: 16 * 1024 * 1024,
  /** Of all envelopes together. */
  transactionsBytes: 32 * 1024 * 1024,
} as const;

/**
 * Bytes of raw transactions that a block may hold so that it surely fits into one batch of its own, even when nothing
 * in it compresses. Block building keeps to it.
 */
export const MAX_BLOCK_TRANSACTIONS_BYTES = 110_000;
