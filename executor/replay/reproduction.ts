import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { bytesToHex, padTo32 } from "../../protocol/index.ts";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import type { ChainRules } from "../engine/chainRules.ts";
import { type AllocAccount, allocSchema } from "./alloc.ts";
import { hardforkNamed } from "./hardforkOf.ts";
import { hashSchema } from "./hexSchemas.ts";
import { readJson } from "./readJson.ts";
import {
  blockHashesSchema,
  checkedHints,
  footprintsSchema,
  type Hint,
  type ReplayInput,
  recover,
} from "./replayInput.ts";
import type { ReplayTransaction } from "./replayTransaction.ts";
import { environmentOf, type HeaderResults, headerResults, rpcBlockSchema, toRpcBlock } from "./rpcBlock.ts";
import { accessListEntryToRpc, quantity } from "./rpcTransaction.ts";

const FORMAT = "braid-reproduction";
const VERSION = 1;

/** A block that ran differently than it should have, with all that it takes to run it again. */
export interface Reproduction {
  /** What differed, for a person. */
  reason: string;
  rules: ChainRules;
  environment: BlockEnvironment;
  /** The candidates, in order, also those that were left out of the block. A sequencer's `Transaction`s fit. */
  transactions: readonly ReplayTransaction[];
  /** All that the block touches: {@link TouchedState}. */
  alloc: readonly AllocAccount[];
  hints?: readonly Hint[] | undefined;
  /** The right results, as far as they are known. */
  results?: Partial<HeaderResults>;
  /** 32 bytes: root of the alloc's state after the block. */
  expectedPostStateRoot?: Uint8Array | undefined;
}

/**
 * Writes one JSON file (packed when its name ends in `.gz`), whole or not at all, which {@link readReproduction} takes
 * back. Its `block`, `prestate`, `blockhashes` and `footprints` have the shapes of the files that a replay reads.
 */
export function writeReproduction(file: string, reproduction: Reproduction): void {
  const text = Buffer.from(`${JSON.stringify(toJson(reproduction), undefined, 1)}\n`);
  mkdirSync(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}.tmp`;
  writeFileSync(unfinished, file.endsWith(".gz") ? gzipSync(text) : text);
  renameSync(unfinished, file);
}

function toJson(reproduction: Reproduction): Record<string, unknown> {
  const { reason, rules, environment, transactions, alloc, hints, results, expectedPostStateRoot } =
    reproduction;
  const { blockHashes, systemCalls, collectsBaseFee } = environment;
  return {
    format: FORMAT,
    version: VERSION,
    reason,
    chainId: rules.chainId,
    hardfork: rules.hardfork,
    systemCalls: systemCalls !== false,
    ...(collectsBaseFee === true ? { collectsBaseFee } : {}),
    block: toRpcBlock(environment, transactions, results ?? {}),
    prestate: Object.fromEntries(
      alloc.map((account) => [bytesToHex(account.address), accountToJson(account)]),
    ),
    ...(blockHashes === undefined
      ? {}
      : {
          blockhashes: Object.fromEntries(
            [...blockHashes].map(([number, hash]) => [number, bytesToHex(hash)]),
          ),
        }),
    ...(hints === undefined
      ? {}
      : { footprints: hints.map((hint) => hint?.map(accessListEntryToRpc) ?? null) }),
    ...(expectedPostStateRoot === undefined
      ? {}
      : { expectedPostStateRoot: bytesToHex(expectedPostStateRoot) }),
  };
}

function accountToJson({ nonce, balance, code, storage }: AllocAccount): Record<string, unknown> {
  return {
    balance: quantity(balance),
    nonce: quantity(nonce),
    ...(code.length === 0 ? {} : { code: bytesToHex(code) }),
    ...(storage.length === 0
      ? {}
      : {
          storage: Object.fromEntries(
            storage.map(({ slot, value }) => [bytesToHex(slot), bytesToHex(padTo32(value))]),
          ),
        }),
  };
}

const reproductionSchema = z.object({
  format: z.literal(FORMAT, `the file is no reproduction: "format" must be "${FORMAT}"`),
  version: z.literal(VERSION, "the reproduction is of another version of braid"),
  chainId: z.int().nonnegative(),
  hardfork: z.string(),
  systemCalls: z.boolean(),
  collectsBaseFee: z.boolean().optional(),
  block: rpcBlockSchema,
  prestate: allocSchema,
  blockhashes: blockHashesSchema.optional(),
  footprints: footprintsSchema.optional(),
  expectedPostStateRoot: hashSchema.optional(),
});

export function readReproduction(file: string): ReplayInput {
  const { chainId, hardfork, systemCalls, collectsBaseFee, block, prestate, ...rest } = readJson(
    file,
    reproductionSchema,
  );
  const { blockhashes, footprints, expectedPostStateRoot } = rest;
  return {
    rules: { chainId, hardfork: hardforkNamed(hardfork) },
    environment: {
      ...environmentOf(block, blockhashes, systemCalls),
      ...(collectsBaseFee === true ? { collectsBaseFee } : {}),
    },
    ...recover(block, file),
    alloc: prestate,
    hints: footprints === undefined ? undefined : checkedHints(footprints, block.transactions.length, file),
    header: headerResults(block),
    expectedPostStateRoot,
  };
}
