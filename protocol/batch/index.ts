export { type BatchBlock, blockToBatchBlock } from "./batchBlock.ts";
export { decodeBatch, encodeBatch, encodeBatchAsync } from "./batchCodec.ts";
export { type BatchHeader, batchHash, genesisBatchHash } from "./batchHash.ts";
export { BATCH_LIMITS, MAX_BLOCK_TRANSACTIONS_BYTES } from "./limits.ts";
