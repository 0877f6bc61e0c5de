/**
 * What fixes a chain before its first block: the genesis, and the addresses of its contracts on L1, one of which the
 * genesis names. It is written down before anything is deployed, so that a start that was cut off goes on with it.
 */
import { z } from "zod";
import {
  decodeL2Deployment,
  encodeL2Deployment,
  type L2Deployment,
  l2Genesis,
  type SettlementAddresses,
} from "../../contracts/index.ts";
import type { Sql } from "../../infra/index.ts";
import { BraidError, type Genesis } from "../../protocol/index.ts";
import { chainMetadata, setChainMetadata } from "../chain-store/index.ts";

export interface ChainPlan {
  l2: L2Deployment;
  genesis: Genesis;
  l1: SettlementAddresses;
}

const KEY = "deployment";
const address = z.templateLiteral(["0x", z.string().regex(/^[0-9a-fA-F]{40}$/)]);

export const addressesSchema = z.object({
  rollup: address,
  portal: address,
  l2OutputOracle: address,
  standardBridge: address,
  verifier: address,
  queue: address,
});

const schema = z.object({ l1: addressesSchema, l2: z.string() });

/** The database holds a chain whose genesis it does not know. */
export class ChainPlanError extends BraidError {
  constructor() {
    super("CHAIN_PLAN_MISSING", "the database holds a chain of an earlier version, without its deployment", {
      hint: "Start anew with --reset, or go on with the version that made it.",
    });
  }
}

/** Undefined on a database without a chain. */
export async function readChainPlan(sql: Sql): Promise<ChainPlan | undefined> {
  const text = await chainMetadata(sql, KEY);
  if (text === undefined) return undefined;
  const { l1, l2 } = schema.parse(JSON.parse(text));
  return planOf(decodeL2Deployment(new TextEncoder().encode(l2)), l1);
}

export async function writeChainPlan(sql: Sql, { l1, l2 }: ChainPlan): Promise<void> {
  await setChainMetadata(
    sql,
    KEY,
    JSON.stringify({ l1, l2: new TextDecoder().decode(encodeL2Deployment(l2)) }),
  );
}

export function planOf(l2: L2Deployment, l1: SettlementAddresses): ChainPlan {
  return { l2, l1, genesis: l2Genesis(l2) };
}
