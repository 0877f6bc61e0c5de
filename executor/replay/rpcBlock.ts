import { z } from "zod";
import { bytesToHex } from "../../protocol/index.ts";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import {
  addressSchema,
  dataSchema,
  fixedBytes,
  hashSchema,
  numberSchema,
  quantitySchema,
} from "./hexSchemas.ts";
import type { ReplayTransaction } from "./replayTransaction.ts";
import { quantity, rpcTransactionSchema, toRpcTransaction } from "./rpcTransaction.ts";

const MAX_TRANSACTIONS = 100_000;
const ZERO_HASH = new Uint8Array(32);

/**
 * The answer of `eth_getBlockByNumber` with full transactions, as far as a replay reads it. The results are optional:
 * a block that nobody has run yet has none to compare with.
 */
export const rpcBlockSchema = z.object({
  number: numberSchema.refine((number) => number > 0, "the genesis block has nothing to run"),
  hash: hashSchema.nullish(),
  parentHash: hashSchema,
  miner: addressSchema,
  timestamp: numberSchema,
  gasLimit: quantitySchema,
  baseFeePerGas: quantitySchema.nullish(),
  difficulty: quantitySchema.nullish(),
  mixHash: hashSchema.nullish(),
  extraData: dataSchema.nullish(),
  parentBeaconBlockRoot: hashSchema.nullish(),
  excessBlobGas: quantitySchema.nullish(),
  gasUsed: quantitySchema.nullish(),
  receiptsRoot: hashSchema.nullish(),
  logsBloom: fixedBytes(256).nullish(),
  transactions: z
    .array(rpcTransactionSchema, "full transactions are needed: ask eth_getBlockByNumber with true")
    .max(MAX_TRANSACTIONS),
});

export type RpcBlock = z.infer<typeof rpcBlockSchema>;

/** What the header says came out; undefined where the file does not say. */
export interface HeaderResults {
  gasUsed: bigint | undefined;
  receiptsRoot: Uint8Array | undefined;
  logsBloom: Uint8Array | undefined;
}

export function headerResults({ gasUsed, receiptsRoot, logsBloom }: RpcBlock): HeaderResults {
  return {
    gasUsed: gasUsed ?? undefined,
    receiptsRoot: receiptsRoot ?? undefined,
    logsBloom: logsBloom ?? undefined,
  };
}

/** `blockHashes` undefined: BLOCKHASH reads EIP-2935's ring in the state. */
export function environmentOf(
  block: RpcBlock,
  blockHashes: ReadonlyMap<number, Uint8Array> | undefined,
  systemCalls: boolean,
): BlockEnvironment {
  const { difficulty, excessBlobGas } = block;
  return {
    number: block.number,
    parentHash: block.parentHash,
    timestamp: block.timestamp,
    baseFeePerGas: block.baseFeePerGas ?? 0n,
    gasLimit: block.gasLimit,
    coinbase: block.miner,
    prevRandao: block.mixHash ?? ZERO_HASH,
    extraData: block.extraData ?? new Uint8Array(0),
    parentBeaconBlockRoot: block.parentBeaconBlockRoot ?? ZERO_HASH,
    ...(difficulty === undefined || difficulty === null ? {} : { difficulty }),
    ...(excessBlobGas === undefined || excessBlobGas === null ? {} : { excessBlobGas }),
    ...(blockHashes === undefined ? {} : { blockHashes }),
    systemCalls,
  };
}

/** The same as JSON-RPC shows it; {@link rpcBlockSchema} takes it back. */
export function toRpcBlock(
  environment: BlockEnvironment,
  transactions: readonly ReplayTransaction[],
  results: Partial<HeaderResults>,
): Record<string, unknown> {
  const { difficulty, excessBlobGas } = environment;
  const { gasUsed, receiptsRoot, logsBloom } = results;
  return {
    number: quantity(BigInt(environment.number)),
    parentHash: bytesToHex(environment.parentHash),
    miner: bytesToHex(environment.coinbase),
    timestamp: quantity(BigInt(environment.timestamp)),
    gasLimit: quantity(environment.gasLimit),
    baseFeePerGas: quantity(environment.baseFeePerGas),
    mixHash: bytesToHex(environment.prevRandao),
    extraData: bytesToHex(environment.extraData),
    parentBeaconBlockRoot: bytesToHex(environment.parentBeaconBlockRoot),
    ...(difficulty === undefined ? {} : { difficulty: quantity(difficulty) }),
    ...(excessBlobGas === undefined ? {} : { excessBlobGas: quantity(excessBlobGas) }),
    ...(gasUsed === undefined ? {} : { gasUsed: quantity(gasUsed) }),
    ...(receiptsRoot === undefined ? {} : { receiptsRoot: bytesToHex(receiptsRoot) }),
    ...(logsBloom === undefined ? {} : { logsBloom: bytesToHex(logsBloom) }),
    transactions: transactions.map(toRpcTransaction),
  };
}
