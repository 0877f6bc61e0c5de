import type { Hex } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import type { RollbackJournal } from "../subscriptions/rollbackJournal.ts";
import { blockCursor, chainChanges } from "./filterChanges.ts";
import { decodeDefinition, encodeDefinition, type FilterDefinition } from "./filterDefinition.ts";
import type { FilterStore } from "./filterStore.ts";
import type { PendingJournal } from "./pendingJournal.ts";

/** Filters that clients poll. What is known of one is in the store alone, so that any process answers any poll. */
export interface FilterRegistry {
  /** `client`: the address that the bound is counted by. */
  add(context: RpcContext, client: string, definition: FilterDefinition): Promise<Hex>;
  /** Throws geth's "filter not found". */
  changes(context: RpcContext, id: string): Promise<unknown[]>;
  definition(id: string): Promise<FilterDefinition>;
  remove(id: string): Promise<boolean>;
  stop(): void;
}

export interface FilterRegistryParts {
  store: FilterStore;
  pending: PendingJournal;
  rollbacks: RollbackJournal;
}

/** Polls of one filter that may overtake one another before one of them gives up. */
const TRIES = 8;

export function createFilterRegistry({ store, pending, rollbacks }: FilterRegistryParts): FilterRegistry {
  async function stored(id: string) {
    const found = await store.get(id);
    if (found === undefined) throw serverError("filter not found");
    return { definition: decodeDefinition(found.definition), cursor: found.cursor };
  }

  async function found(context: RpcContext, definition: FilterDefinition, cursor: string) {
    if (definition.kind !== "pending") return chainChanges(context, rollbacks, definition, cursor);
    const { hashes, position } = await pending.after(cursor);
    return { results: hashes, cursor: position };
  }

  return {
    async add(context, client, definition) {
      const cursor =
        definition.kind === "pending" ? await pending.position() : blockCursor(context.heads.heads().latest);
      return store.add(client, { definition: encodeDefinition(definition), cursor });
    },
    async changes(context, id) {
      for (let tried = 0; tried < TRIES; tried++) {
        const { definition, cursor } = await stored(id);
        const news = await found(context, definition, cursor);
        if (news.cursor === cursor) return news.results;
        if (await store.advance(id, cursor, news.cursor)) return news.results;
      }
      return [];
    },
    definition: async (id) => (await stored(id)).definition,
    remove: (id) => store.remove(id),
    stop() {
      store.stop();
      pending.stop();
      rollbacks.stop();
    },
  };
}
