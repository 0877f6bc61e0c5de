import { randomBytes } from "node:crypto";
import { bytesToHex, type Hex } from "../../../protocol/index.ts";
import { limitExceeded, type RpcError } from "../json-rpc/rpcError.ts";
import type { RpcLimits } from "../limits.ts";

/** A filter as it is kept: what it wants, and how far its client has been told. Both are text to the store. */
export interface StoredFilter {
  definition: string;
  cursor: string;
}

/**
 * Where filters are kept between two polls. Polls of one filter may come to different processes and at once: whoever
 * moves the cursor first has reported; the other begins again. A filter that nobody polls ends by itself.
 */
export interface FilterStore {
  /** Throws the error that names the bound. */
  add(client: string, filter: StoredFilter): Promise<Hex>;
  /** Keeps the filter alive. */
  get(id: string): Promise<StoredFilter | undefined>;
  /** False: the cursor is no longer `from`. */
  advance(id: string, from: string, to: string): Promise<boolean>;
  remove(id: string): Promise<boolean>;
  stop(): void;
}

export type FilterBounds = Pick<RpcLimits, "filters" | "filtersPerClient" | "filterIdleMs">;

/** An id that cannot be guessed, so that filters of other clients stay theirs; a minimal quantity, as geth's are. */
export function randomId(): Hex {
  return `0x${BigInt(bytesToHex(randomBytes(16))).toString(16)}`;
}

export function tooManyFilters(which: "all" | "client", bounds: FilterBounds): RpcError {
  return which === "all"
    ? limitExceeded(`limit exceeded: ${bounds.filters} filters`)
    : limitExceeded(`limit exceeded: ${bounds.filtersPerClient} filters of one address`);
}
