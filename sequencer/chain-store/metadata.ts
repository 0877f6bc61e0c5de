import type { Sql } from "postgres";
import { guarded } from "./chainStoreError.ts";

/** A fact about the chain as a whole, by name. */
export function chainMetadata(sql: Sql, key: string): Promise<string | undefined> {
  return guarded("read chain metadata", async () => {
    const [row] = await sql<{ value: string }[]>`select value from chain_metadata where key = ${key}`;
    return row?.value;
  });
}

export function forgetChainMetadata(sql: Sql, key: string): Promise<void> {
  return guarded("forget chain metadata", async () => {
    await sql`delete from chain_metadata where key = ${key}`;
  });
}

export function setChainMetadata(sql: Sql, key: string, value: string): Promise<void> {
  return guarded("write chain metadata", async () => {
    await sql`
      insert into chain_metadata (key, value) values (${key}, ${value})
      on conflict (key) do update set value = excluded.value, updated_at = now()`;
  });
}
