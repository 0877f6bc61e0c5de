import type { Sql } from "postgres";
import { byteaArray } from "./byteaArray.ts";
import { guarded } from "./chainStoreError.ts";

/** An acknowledged transaction that can never be mined. */
export interface Rejection {
  hash: Uint8Array;
  sender: Uint8Array;
  reason: string;
}

export function recordRejections(sql: Sql, rejections: Rejection[]): Promise<void> {
  return guarded("record rejections", async () => {
    if (rejections.length === 0) return;
    await sql`
      insert into rejections (hash, sender, reason)
      select distinct on (hash) hash, sender, reason from unnest(
        ${byteaArray(rejections, ({ hash }) => hash)}::bytea[],
        ${byteaArray(rejections, ({ sender }) => sender)}::bytea[],
        ${rejections.map(({ reason }) => reason)}::text[]) as rejected (hash, sender, reason)
      on conflict (hash) do update set reason = excluded.reason, at = now()`;
  });
}

export function rejection(sql: Sql, hash: Uint8Array): Promise<{ reason: string; at: Date } | undefined> {
  return guarded("read rejection", async () => {
    const [row] = await sql<{ reason: string; at: Date }[]>`
      select reason, at from rejections where hash = ${hash}`;
    return row && { reason: row.reason, at: row.at };
  });
}
