export { type BatchBlock, type BatchL1Origin, blockToBatchBlock } from "./batchBlock.ts";
export { decodeBatch, encodeBatch, encodeBatchAsync } from "./batchCodec.ts";
export { BLOB_BYTES, BLOB_PAYLOAD_BYTES, blobCount, packBlobs, unpackBlobs } from "./blobs.ts";
export { BATCH_LIMITS } from "./limits.ts";
