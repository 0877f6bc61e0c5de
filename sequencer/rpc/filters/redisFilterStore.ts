import { readFileSync } from "node:fs";
import type { Redis, Result } from "ioredis";
import { type FilterBounds, type FilterStore, randomId, tooManyFilters } from "./filterStore.ts";

declare module "ioredis" {
  interface RedisCommander<Context> {
    braidFilterAdd(...args: (string | number)[]): Result<string, Context>;
    braidFilterTouch(...args: (string | number)[]): Result<[string, string] | null, Context>;
    braidFilterAdvance(record: string, from: string, to: string): Result<number, Context>;
    braidFilterRemove(...args: string[]): Result<number, Context>;
  }
}

const source = (name: string) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), "utf8");
const SCRIPTS = {
  braidFilterAdd: { lua: source("add"), numberOfKeys: 3 },
  braidFilterTouch: { lua: source("touch"), numberOfKeys: 2 },
  braidFilterAdvance: { lua: source("advance"), numberOfKeys: 1 },
  braidFilterRemove: { lua: source("remove"), numberOfKeys: 2 },
};

/** Sorted set of all filters by the time that they end. */
const ALL = "braid:filters";
/** Prefix of the same for one client. */
const OF_CLIENT = "braid:filters:of:";
const record = (id: string) => `braid:filter:${id}`;

/** Ids are made here; anything else is no key of ours. */
const isId = (id: string) => /^0x[0-9a-f]{1,32}$/.test(id);

/** Filters that every RPC process knows: a load balancer may send each poll to another. Each step is one Lua script. */
export function createRedisFilterStore(redis: Redis, bounds: FilterBounds): FilterStore {
  for (const [name, script] of Object.entries(SCRIPTS)) redis.defineCommand(name, script);
  return {
    async add(client, { definition, cursor }) {
      const id = randomId();
      const said = await redis.braidFilterAdd(
        ...[record(id), ALL, `${OF_CLIENT}${client}`],
        ...[id, definition, cursor, client],
        ...[bounds.filterIdleMs, bounds.filters, bounds.filtersPerClient],
      );
      if (said === "all" || said === "client") throw tooManyFilters(said, bounds);
      return id;
    },
    async get(id) {
      if (!isId(id)) return undefined;
      const found = await redis.braidFilterTouch(record(id), ALL, id, bounds.filterIdleMs, OF_CLIENT);
      return found === null ? undefined : { definition: found[0], cursor: found[1] };
    },
    advance: async (id, from, to) => (await redis.braidFilterAdvance(record(id), from, to)) === 1,
    remove: async (id) => isId(id) && (await redis.braidFilterRemove(record(id), ALL, id, OF_CLIENT)) === 1,
    // The connection is its owner's; the filters go on.
    stop: () => undefined,
  };
}
