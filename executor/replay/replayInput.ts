import { z } from "zod";
import type { AccessListEntry } from "../../protocol/index.ts";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import type { ChainRules } from "../engine/chainRules.ts";
import { type AllocAccount, allocSchema } from "./alloc.ts";
import { hardforkNamed, hardforkOf } from "./hardforkOf.ts";
import { hashSchema } from "./hexSchemas.ts";
import { readJson } from "./readJson.ts";
import { ReplayInputError } from "./replayError.ts";
import type { ReplayTransaction } from "./replayTransaction.ts";
import {
  environmentOf,
  type HeaderResults,
  headerResults,
  type RpcBlock,
  rpcBlockSchema,
} from "./rpcBlock.ts";
import { accessListSchema, fromRpcTransaction } from "./rpcTransaction.ts";

/** What a transaction is said to touch, beside it: for planning only. Undefined: nothing is said. */
export type Hint = AccessListEntry[] | undefined;

/** All that a replay needs. */
export interface ReplayInput {
  rules: ChainRules;
  environment: BlockEnvironment;
  transactions: ReplayTransaction[];
  /** What recovering the senders and decoding took. */
  recoveryMs: number;
  alloc: AllocAccount[];
  /** By index of the transaction; undefined: the transactions' own lists are all there is. */
  hints: Hint[] | undefined;
  /** Results to compare with. */
  header: HeaderResults;
  /** State root that must come out, where somebody knows it. */
  expectedPostStateRoot: Uint8Array | undefined;
}

export interface ReplayFiles {
  /** Answer of `eth_getBlockByNumber` with full transactions. `.gz` is unpacked, here and below. */
  block: string;
  /** Alloc: all that the block touches. */
  prestate: string;
  /** Decimal number → hash, for BLOCKHASH. */
  blockhashes?: string | undefined;
  /** One EIP-2930 list a transaction. */
  footprints?: string | undefined;
  /** EthereumJS's name; default: mainnet's by number and time, Osaka on other chains. */
  hardfork?: string | undefined;
  /** Default: the one the transactions are signed for. */
  chainId?: number | undefined;
}

export const blockHashesSchema = z
  .record(z.string().regex(/^\d{1,15}$/, "the key is no block number"), hashSchema)
  .transform(
    (hashes) => new Map(Object.entries(hashes).map(([number, hash]) => [Number(number), hash] as const)),
  );

export const footprintsSchema = z.array(accessListSchema.nullable());

/**
 * Reads other chains' blocks. They run as they are: nothing opens the block, nothing closes it (no system call, no
 * withdrawal, no reward).
 */
export function readReplayFiles(files: ReplayFiles): ReplayInput {
  const block = readJson(files.block, rpcBlockSchema);
  const alloc = readJson(files.prestate, allocSchema);
  const known = files.blockhashes === undefined ? [] : readJson(files.blockhashes, blockHashesSchema);
  const chainId = files.chainId ?? chainIdOf(block);
  const hardfork = files.hardfork === undefined ? hardforkOf(chainId, block) : hardforkNamed(files.hardfork);
  const blockHashes = new Map([[block.number - 1, block.parentHash], ...known]);
  return {
    rules: { chainId, hardfork },
    environment: environmentOf(block, blockHashes, false),
    ...recover(block, files.block),
    alloc,
    hints:
      files.footprints === undefined
        ? undefined
        : readFootprints(files.footprints, block.transactions.length),
    header: headerResults(block),
    expectedPostStateRoot: undefined,
  };
}

/** Reads footprints for a block of `count` transactions. */
export function readFootprints(file: string, count: number): Hint[] {
  return checkedHints(readJson(file, footprintsSchema), count, file);
}

/** Decodes a block's transactions, taking the time. */
export function recover(
  block: RpcBlock,
  name: string,
): { transactions: ReplayTransaction[]; recoveryMs: number } {
  const started = performance.now();
  const transactions = block.transactions.map((rpc, i) =>
    fromRpcTransaction(rpc, `${name}: transactions[${i}]`),
  );
  return { transactions, recoveryMs: performance.now() - started };
}

export function checkedHints(
  footprints: z.infer<typeof footprintsSchema>,
  count: number,
  name: string,
): Hint[] {
  if (footprints.length === count) return footprints.map((hint) => hint ?? undefined);
  throw new ReplayInputError(`${name} has ${footprints.length} footprints for ${count} transactions`);
}

/** Mainnet's unless a transaction says otherwise. */
function chainIdOf(block: RpcBlock): number {
  for (const { chainId } of block.transactions) {
    if (chainId === undefined || chainId === null) continue;
    if (chainId <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(chainId);
    throw new ReplayInputError(`chain id ${chainId} has more than 53 bits`);
  }
  return 1;
}
