/**
 * All that the genesis of L2 depends on. It is published on L1 as the bytes of {@link encodeL2Deployment}: with them
 * anyone rebuilds the genesis block, and the rollup's batch 0, which names that block by its hash, says whether they
 * are the right ones. So the bytes need not be trusted, only found.
 */
import { z } from "zod";
import {
  bytesToHex,
  DEVELOPMENT_ADDRESSES,
  DecodeError,
  developmentGenesis,
  type Hex,
  hexToBytes,
} from "../protocol/index.ts";

export interface L2Deployment {
  chainId: number;
  /** Of block 0, in seconds. */
  timestamp: number;
  /** Per block. */
  gasLimit: bigint;
  /** In wei: the base fee never falls below it. */
  baseFeeFloor: bigint;
  /** EIP-1559: gas target = limit / elasticity. */
  baseFeeElasticity: bigint;
  /** EIP-1559: largest relative change a block = 1 / denominator. */
  baseFeeChangeDenominator: bigint;
  /** The L1StandardBridge (its proxy). Deposits of that contract alone mint tokens on L2. */
  l1StandardBridge: Hex;
  feeVault: {
    /** On L1. */
    recipient: Hex;
    /** In wei; below it nobody can withdraw the fees. */
    minWithdrawalAmount: bigint;
  };
  /** Ether that L2 starts with, in wei. On a chain with value: none, for nothing backs it on L1. */
  balances: readonly { address: Hex; balance: bigint }[];
}

/** The chain that `braid up` starts, with ten rich accounts. */
export function developmentDeployment(
  deployment: Pick<L2Deployment, "l1StandardBridge" | "feeVault"> & Partial<L2Deployment>,
): L2Deployment {
  const { config, timestamp } = developmentGenesis();
  const { chainId, gasLimit, baseFeeFloor, baseFeeElasticity, baseFeeChangeDenominator } = config;
  return {
    chainId,
    timestamp,
    gasLimit,
    baseFeeFloor,
    baseFeeElasticity,
    baseFeeChangeDenominator,
    balances: DEVELOPMENT_ADDRESSES.map((address) => ({
      address: bytesToHex(hexToBytes(address)),
      balance: 10_000n * 10n ** 18n,
    })),
    ...deployment,
  };
}

const VERSION = 1;
/** Of an encoded deployment. */
const MOST_BYTES = 1024 * 1024;

const address = z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]{40}$/)]);
const quantity = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,77})$/)
  .transform(BigInt);
const schema = z.strictObject({
  version: z.literal(VERSION),
  chainId: z.int().positive(),
  timestamp: z.int().positive(),
  gasLimit: quantity,
  baseFeeFloor: quantity,
  baseFeeElasticity: quantity,
  baseFeeChangeDenominator: quantity,
  l1StandardBridge: address,
  feeVault: z.strictObject({ recipient: address, minWithdrawalAmount: quantity }),
  balances: z.array(z.strictObject({ address, balance: quantity })),
});

/** JSON in UTF-8: one text for one deployment, addresses in lower case, amounts in decimal. */
export function encodeL2Deployment(deployment: L2Deployment): Uint8Array {
  const { feeVault } = deployment;
  const lower = (value: Hex) => value.toLowerCase();
  const text = JSON.stringify({
    version: VERSION,
    chainId: deployment.chainId,
    timestamp: deployment.timestamp,
    gasLimit: `${deployment.gasLimit}`,
    baseFeeFloor: `${deployment.baseFeeFloor}`,
    baseFeeElasticity: `${deployment.baseFeeElasticity}`,
    baseFeeChangeDenominator: `${deployment.baseFeeChangeDenominator}`,
    l1StandardBridge: lower(deployment.l1StandardBridge),
    feeVault: {
      recipient: lower(feeVault.recipient),
      minWithdrawalAmount: `${feeVault.minWithdrawalAmount}`,
    },
    balances: deployment.balances.map((entry) => ({
      address: lower(entry.address),
      balance: `${entry.balance}`,
    })),
  });
  return new TextEncoder().encode(text);
}

/** Throws DecodeError. What it gives may still be refused by `l2Genesis`. */
export function decodeL2Deployment(bytes: Uint8Array): L2Deployment {
  if (bytes.length > MOST_BYTES) throw new DecodeError(`L2 deployment of ${bytes.length} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DecodeError("L2 deployment: not JSON", cause);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DecodeError(`L2 deployment: ${z.prettifyError(parsed.error)}`, parsed.error);
  const { version: _, ...deployment } = parsed.data;
  return deployment;
}
