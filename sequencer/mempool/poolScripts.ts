import { readFileSync } from "node:fs";
import type { Redis, Result } from "ioredis";

declare module "ioredis" {
  interface RedisCommander<Context> {
    braidPoolAdd(...args: (string | number | Buffer)[]): Result<(string | number)[], Context>;
    braidPoolSettle(...args: (string | number | Buffer)[]): Result<number, Context>;
    braidPoolResyncBuffer(...args: (string | number | Buffer)[]): Result<Buffer[], Context>;
    braidPoolStatus(txs: string, next: string, senderPrefix: string): Result<number[], Context>;
    braidPoolNextNonce(
      next: string,
      zset: Buffer,
      sender: Buffer,
      stateNonce: string,
    ): Result<string, Context>;
  }
}

const source = (name: string) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), "utf8");
const SHARED = source("shared");
const ADD = `${SHARED}\n${source("add")}`;
const SETTLE = `${SHARED}\n${source("settle")}`;
const RESYNC = `${SHARED}\n${source("resync")}`;
const NEXT_NONCE = source("nextNonce");
const STATUS = source("status");

/** The pool's atomic commands, one Lua script each. A script's text is sent once for each connection. */
export function definePoolScripts(redis: Redis): void {
  redis.defineCommand("braidPoolAdd", { lua: ADD, numberOfKeys: 7 });
  redis.defineCommand("braidPoolSettle", { lua: SETTLE, numberOfKeys: 7 });
  redis.defineCommand("braidPoolResync", { lua: RESYNC, numberOfKeys: 7 });
  redis.defineCommand("braidPoolNextNonce", { lua: NEXT_NONCE, numberOfKeys: 2 });
  redis.defineCommand("braidPoolStatus", { lua: STATUS, numberOfKeys: 2 });
}
