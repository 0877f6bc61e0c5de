import type { Redis } from "ioredis";
import { bytesToHex } from "../../protocol/index.ts";

/** Whom the node sends for without a signature. Kept in Redis: every RPC process answers alike. */
export interface Impersonation {
  start(address: Uint8Array): Promise<void>;
  stop(address: Uint8Array): Promise<void>;
  /** Everybody, or only those that were started. */
  all(enabled: boolean): Promise<void>;
  has(address: Uint8Array): Promise<boolean>;
}

const IMPERSONATED = "braid:dev:impersonated";
const EVERYBODY = "*";

export function createImpersonation(redis: Redis): Impersonation {
  return {
    async start(address) {
      await redis.sadd(IMPERSONATED, bytesToHex(address));
    },
    async stop(address) {
      await redis.srem(IMPERSONATED, bytesToHex(address));
    },
    async all(enabled) {
      if (enabled) await redis.sadd(IMPERSONATED, EVERYBODY);
      else await redis.srem(IMPERSONATED, EVERYBODY);
    },
    async has(address) {
      const found = await redis.smismember(IMPERSONATED, bytesToHex(address), EVERYBODY);
      return found.includes(1);
    },
  };
}

/** At the start of a sequencer nobody is impersonated, as with a fresh Anvil. */
export async function forgetImpersonated(redis: Redis): Promise<void> {
  await redis.del(IMPERSONATED);
}
