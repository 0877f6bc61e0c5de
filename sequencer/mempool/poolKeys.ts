/** Where the pool lives in Redis. */
export const POOL_KEYS = {
  /** Hash: transaction hash → entry. */
  txs: "braid:pool:txs",
  /** Hash: sender → nonce after its executable run. */
  next: "braid:pool:next",
  /** Hash: sender → what its transactions here may cost together, 36 bytes. */
  costs: "braid:pool:costs",
  /** Sorted set: hash by tip, for eviction. */
  price: "braid:pool:price",
  /** Sorted set: hash by arrival, for expiry. */
  arrivals: "braid:pool:arrivals",
  /** Number of the last event. */
  sequence: "braid:pool:sequence",
  /** Stream of what was added and removed; ids are `<number>-0`, numbers have no gaps. */
  events: "braid:pool:numbered-events",
  /** Prefix of a sorted set for each sender: hash by nonce. */
  senderPrefix: "braid:pool:sender:",
} as const;

/** What `lua/shared.lua` takes as KEYS. */
export const CHANGED_KEYS = [
  POOL_KEYS.txs,
  POOL_KEYS.next,
  POOL_KEYS.price,
  POOL_KEYS.arrivals,
  POOL_KEYS.sequence,
  POOL_KEYS.events,
  POOL_KEYS.costs,
] as const;

const PREFIX = Buffer.from(POOL_KEYS.senderPrefix);

export function senderKey(sender: Uint8Array): Buffer {
  return Buffer.concat([PREFIX, sender]);
}
