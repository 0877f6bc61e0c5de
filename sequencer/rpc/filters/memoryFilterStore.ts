import { LRUCache } from "lru-cache";
import {
  type FilterBounds,
  type FilterStore,
  randomId,
  type StoredFilter,
  tooManyFilters,
} from "./filterStore.ts";

/** Filters of a node that has no Redis: they live and end with this process. */
export function createMemoryFilterStore(bounds: FilterBounds): FilterStore {
  const perClient = new Map<string, number>();
  const filters = new LRUCache<string, StoredFilter & { client: string }>({
    max: bounds.filters,
    ttl: bounds.filterIdleMs,
    ttlAutopurge: true,
    updateAgeOnGet: true,
    dispose: ({ client }) => {
      const left = (perClient.get(client) ?? 1) - 1;
      if (left === 0) perClient.delete(client);
      else perClient.set(client, left);
    },
  });
  return {
    async add(client, filter) {
      const owned = perClient.get(client) ?? 0;
      if (filters.size >= bounds.filters) throw tooManyFilters("all", bounds);
      if (owned >= bounds.filtersPerClient) throw tooManyFilters("client", bounds);
      const id = randomId();
      perClient.set(client, owned + 1);
      filters.set(id, { ...filter, client });
      return id;
    },
    get: async (id) => filters.get(id),
    async advance(id, from, to) {
      const filter = filters.get(id);
      if (filter?.cursor !== from) return false;
      filter.cursor = to;
      return true;
    },
    remove: async (id) => filters.delete(id),
    stop: () => filters.clear(),
  };
}
