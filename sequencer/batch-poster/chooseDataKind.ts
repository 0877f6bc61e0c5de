import { blobCount } from "../../protocol/index.ts";
import type { BatchDataKind } from "../chain-store/index.ts";
import { GAS_PER_BLOB, type L1Prices } from "../l1-transactions/index.ts";

/** What a batch's data costs L1, whatever it says. */
export interface DataSize {
  bytes: number;
  /** Of them. */
  zeros: number;
}

/** Wei for one batch, each way; what both ways pay alike is in both. */
export interface DataCosts {
  calldata: bigint;
  blobs: bigint;
}

/** What L1 nodes take as one transaction, 131,072 bytes in all. */
export const MAX_CALLDATA_BYTES = 120_000;

const TRANSACTION_GAS = 21_000n;
/** EIP-7623: a token is a zero byte or a quarter of another; its price when execution does not outweigh the data. */
const TOKEN_GAS = 4n;
const FLOOR_TOKEN_GAS = 10n;
/** As measured: the rollup's work, and hashing a word of calldata with copying it. */
const COMMIT_GAS = 96_500n;
const BLOB_HASH_GAS = 600n;
const WORD_GAS = 12n;
/** The header's words and the ABI's, mostly hashes. */
const HEADER_TOKENS = 900n;

export function dataCosts({ bytes, zeros }: DataSize, prices: L1Prices): DataCosts {
  const gasPrice = prices.baseFee + prices.priorityFee;
  const tokens = HEADER_TOKENS + BigInt(zeros) + 4n * BigInt(bytes - zeros);
  const words = BigInt(Math.ceil(bytes / 32));
  const normal = TOKEN_GAS * tokens + COMMIT_GAS + WORD_GAS * words;
  const floor = FLOOR_TOKEN_GAS * tokens;
  const blobs = BigInt(blobCount(bytes));
  const blobGas = TOKEN_GAS * HEADER_TOKENS + COMMIT_GAS + BLOB_HASH_GAS * blobs;
  return {
    calldata: gasPrice * (TRANSACTION_GAS + (normal > floor ? normal : floor)),
    blobs: gasPrice * (TRANSACTION_GAS + blobGas) + prices.blobBaseFee * GAS_PER_BLOB * blobs,
  };
}

/** The cheaper way at these prices; calldata where it makes no difference, for it stays on L1 for ever. */
export function chooseDataKind(size: DataSize, prices: L1Prices): BatchDataKind {
  if (size.bytes > MAX_CALLDATA_BYTES) return "blobs";
  const { calldata, blobs } = dataCosts(size, prices);
  return blobs < calldata ? "blobs" : "calldata";
}

export function dataSize(data: Uint8Array): DataSize {
  let zeros = 0;
  for (const byte of data) if (byte === 0) zeros++;
  return { bytes: data.length, zeros };
}
