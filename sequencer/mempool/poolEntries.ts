import type { Redis } from "ioredis";
import { BraidError } from "../../protocol/index.ts";
import { decodePoolEntry, type PoolEntry } from "./poolEntry.ts";
import { POOL_KEYS } from "./poolKeys.ts";

/**
 * All entries, a page at a time; one that comes or goes meanwhile is told by the event stream. What cannot be read is
 * reported and left out: it must not keep the others waiting.
 */
export async function* poolEntries(
  redis: Redis,
  onError: (error: unknown) => void,
): AsyncGenerator<PoolEntry> {
  let cursor = "0";
  do {
    const [next, page] = await redis.hscanBuffer(POOL_KEYS.txs, cursor, "COUNT", 1000);
    for (let i = 1; i < page.length; i += 2) {
      const bytes = page[i];
      if (bytes === undefined) continue;
      try {
        yield decodePoolEntry(bytes);
      } catch (error) {
        if (!(error instanceof BraidError)) throw error;
        onError(error);
      }
    }
    cursor = next.toString();
  } while (cursor !== "0");
}
