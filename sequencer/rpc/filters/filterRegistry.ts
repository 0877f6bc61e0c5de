import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { bytesToHex, type Hex } from "../../../protocol/index.ts";
import { limitExceeded, serverError } from "../json-rpc/rpcError.ts";
import type { RpcLimits } from "../limits.ts";
import type { LogQuery } from "../schema/logFilter.ts";
import type { SubscriptionHub } from "../subscriptions/subscriptionHub.ts";

export type Filter =
  | { kind: "block"; client: string; nextBlock: number }
  | { kind: "log"; client: string; nextBlock: number; query: LogQuery }
  | { kind: "pending"; client: string; hashes: string[]; end: () => void };

/** Filters that clients poll. They live in this process: balance a client's calls to one process. */
export interface FilterRegistry {
  addBlockFilter(client: string, nextBlock: number): Hex;
  addLogFilter(client: string, nextBlock: number, query: LogQuery): Hex;
  addPendingFilter(client: string): Hex;
  /** Keeps the filter alive. Throws geth's "filter not found". */
  get(id: string): Filter;
  remove(id: string): boolean;
  /** Ends all filters of a closed connection. */
  removeClient(client: string): void;
  stop(): void;
}

/** An id that cannot be guessed: filters of other clients stay theirs. */
export function randomId(): Hex {
  return bytesToHex(randomBytes(16));
}

export function createFilterRegistry(
  limits: Pick<RpcLimits, "filters" | "filtersPerClient" | "filterIdleMs" | "filterBacklog">,
  subscriptions: SubscriptionHub,
): FilterRegistry {
  const perClient = new Map<string, Set<string>>();

  function forget(id: string, filter: Filter): void {
    if (filter.kind === "pending") filter.end();
    const owned = perClient.get(filter.client);
    owned?.delete(id);
    if (owned?.size === 0) perClient.delete(filter.client);
  }

  const filters = new LRUCache<string, Filter>({
    max: limits.filters,
    ttl: limits.filterIdleMs,
    ttlAutopurge: true,
    updateAgeOnGet: true,
    dispose: (filter, id) => forget(id, filter),
  });

  function add(filter: Filter): Hex {
    const owned = perClient.get(filter.client) ?? new Set<string>();
    if (owned.size >= limits.filtersPerClient || filters.size >= limits.filters) {
      if (filter.kind === "pending") filter.end();
      throw limitExceeded(
        `too many filters: uninstall some, or let them expire (${limits.filtersPerClient} allowed)`,
      );
    }
    const id = randomId();
    perClient.set(filter.client, owned.add(id));
    filters.set(id, filter);
    return id;
  }

  return {
    addBlockFilter: (client, nextBlock) => add({ kind: "block", client, nextBlock }),
    addLogFilter: (client, nextBlock, query) => add({ kind: "log", client, nextBlock, query }),
    addPendingFilter(client) {
      const hashes: string[] = [];
      const end = subscriptions.pendingTransactions(false, (text) => {
        if (hashes.length >= limits.filterBacklog) hashes.shift();
        hashes.push(text.slice(1, -1));
      });
      return add({ kind: "pending", client, hashes, end });
    },
    get(id) {
      const filter = filters.get(id);
      if (filter === undefined) throw serverError("filter not found");
      return filter;
    },
    remove: (id) => filters.delete(id),
    removeClient(client) {
      for (const id of [...(perClient.get(client) ?? [])]) filters.delete(id);
    },
    stop: () => filters.clear(),
  };
}
