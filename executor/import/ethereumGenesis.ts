import { z } from "zod";
import type { StateDiff } from "../../protocol/index.ts";
import { allocSchema, allocToDiff, isEmptyAccount } from "../replay/alloc.ts";
import { readJson } from "../replay/readJson.ts";

/** What a genesis file of geth's says, beside the accounts. */
export interface EthereumGenesis {
  chainId: number;
  /** Block numbers and times of the forks, blob schedule and the rest, as given. */
  config: Record<string, unknown>;
  header: {
    nonce: `0x${string}`;
    timestamp: `0x${string}`;
    extraData: `0x${string}`;
    gasLimit: `0x${string}`;
    difficulty: `0x${string}`;
    mixHash: `0x${string}`;
    coinbase: `0x${string}`;
    baseFeePerGas?: bigint;
    excessBlobGas?: bigint;
    blobGasUsed?: bigint;
  };
  /** What makes the genesis state out of the empty one. */
  stateDiff: StateDiff;
}

const ZERO_HASH: `0x${string}` = `0x${"0".repeat(64)}`;
const ZERO_ADDRESS: `0x${string}` = `0x${"0".repeat(40)}`;

/** geth takes numbers, decimal strings and hex with or without leading zeros. */
const numeric = z
  .union([
    z.int().nonnegative(),
    z.string().regex(/^(0x[0-9a-fA-F]+|[0-9]+)$/, "a number, or one as hex is needed"),
  ])
  .transform(BigInt);
const hexOf = (value: bigint): `0x${string}` => `0x${value.toString(16)}`;
const numericHex = numeric.transform(hexOf);
const hexText = z
  .string()
  .regex(/^(0x)?[0-9a-fA-F]*$/, "hex is needed")
  .transform((text): `0x${string}` => `0x${text.replace(/^0x/, "")}`);

/** geth leaves 0x away from addresses, and gives balances in decimal too. */
const geth = z.preprocess((alloc) => {
  if (typeof alloc !== "object" || alloc === null) return alloc;
  return Object.fromEntries(
    Object.entries(alloc).map(([address, account]: [string, unknown]) => [
      `0x${address.replace(/^0x/i, "").padStart(40, "0")}`,
      accountOf(account),
    ]),
  );
}, allocSchema);

function accountOf(account: unknown): unknown {
  if (typeof account !== "object" || account === null) return account;
  const given: Record<string, unknown> = { ...account };
  for (const field of ["balance", "nonce"]) {
    const parsed = numeric.safeParse(given[field]);
    if (parsed.success) given[field] = hexOf(parsed.data);
  }
  return given;
}

const genesisSchema: z.ZodType<EthereumGenesis> = z
  .object({
    config: z.looseObject({ chainId: z.int().positive() }),
    nonce: numericHex.default("0x0"),
    timestamp: numericHex.default("0x0"),
    extraData: hexText.default("0x"),
    gasLimit: numericHex,
    difficulty: numericHex.default("0x0"),
    mixHash: hexText.default(ZERO_HASH),
    coinbase: hexText.default(ZERO_ADDRESS),
    baseFeePerGas: numeric.nullish(),
    excessBlobGas: numeric.nullish(),
    blobGasUsed: numeric.nullish(),
    alloc: geth,
  })
  .transform(({ config, alloc, baseFeePerGas, excessBlobGas, blobGasUsed, ...header }) => ({
    chainId: config.chainId,
    config,
    header: {
      nonce: header.nonce,
      timestamp: header.timestamp,
      extraData: header.extraData,
      gasLimit: header.gasLimit,
      difficulty: header.difficulty,
      mixHash: header.mixHash,
      coinbase: header.coinbase,
      ...(typeof baseFeePerGas === "bigint" ? { baseFeePerGas } : {}),
      ...(typeof excessBlobGas === "bigint" ? { excessBlobGas } : {}),
      ...(typeof blobGasUsed === "bigint" ? { blobGasUsed } : {}),
    },
    stateDiff: allocToDiff(alloc.filter((account) => !isEmptyAccount(account))),
  }));

/** Reads a genesis file in geth's format. Throws ReplayInputError, which names the file and what is wrong in it. */
export function readGenesis(file: string): EthereumGenesis {
  return readJson(file, genesisSchema);
}
