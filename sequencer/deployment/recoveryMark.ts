/** While a chain is being written into the database from L1, nobody builds on what is there of it. */
import type { Sql } from "../../infra/index.ts";
import type { Hex } from "../../protocol/index.ts";
import { chainMetadata, forgetChainMetadata, setChainMetadata } from "../chain-store/index.ts";

const KEY = "recovery";

/** The rollup whose chain is being written; undefined when none is. */
export function recoveryOf(sql: Sql): Promise<string | undefined> {
  return chainMetadata(sql, KEY);
}

export function beginRecovery(sql: Sql, rollup: Hex): Promise<void> {
  return setChainMetadata(sql, KEY, rollup);
}

export function endRecovery(sql: Sql): Promise<void> {
  return forgetChainMetadata(sql, KEY);
}
