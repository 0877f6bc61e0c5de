/** Where the pool lives in Redis. */
export const POOL_KEYS = {
  /** Hash: transaction hash → entry. */
  txs: "braid:pool:txs",
  /** Hash: sender → nonce after its executable run. */
  next: "braid:pool:next",
  /** Sorted set: hash by tip, for eviction. */
  price: "braid:pool:price",
  /** Sorted set: hash by arrival, for expiry. */
  arrivals: "braid:pool:arrivals",
  sequence: "braid:pool:sequence",
  /** Stream of what was added and removed, in order. */
  events: "braid:pool:events",
  /** Prefix of a sorted set for each sender: hash by nonce. */
  senderPrefix: "braid:pool:sender:",
} as const;

const PREFIX = Buffer.from(POOL_KEYS.senderPrefix);

export function senderKey(sender: Uint8Array): Buffer {
  return Buffer.concat([PREFIX, sender]);
}
