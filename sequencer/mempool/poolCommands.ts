import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { MempoolError } from "./mempoolError.ts";

/** Prefix of every key of the pool. */
export const POOL_KEY = "braid:mempool";
export const EVENTS_KEY = `${POOL_KEY}:events`;

type Argument = string | number | Buffer;

/** The pool's atomic commands: one Lua script each (`lua/*.lua`), so several processes can share the pool. */
export interface PoolCommands {
  add(args: Argument[]): Promise<unknown>;
  settle(args: Argument[]): Promise<unknown>;
  expire(args: Argument[]): Promise<unknown>;
  nextNonce(args: Argument[]): Promise<unknown>;
  snapshot(): Promise<Buffer[]>;
}

const source = (name: string) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), "utf8");

const SHARED = source("pool");
const SCRIPTS = ["add", "settle", "expire", "nextNonce", "snapshot"].map((name) => ({
  name,
  command: `braidMempool_${name}`,
  lua: `${SHARED}\n${source(name)}`,
}));

/** Defines the commands on the client. The client sends a script's text only when Redis does not have it yet. */
export function poolCommands(redis: Redis): PoolCommands {
  for (const { command, lua } of SCRIPTS) redis.defineCommand(command, { numberOfKeys: 1, lua });
  const run = (name: string, args: Argument[], suffix = ""): Promise<unknown> => {
    const method: unknown = Reflect.get(redis, `braidMempool_${name}${suffix}`);
    if (typeof method !== "function") throw new MempoolError("UNAVAILABLE", `no command ${name}`);
    return Reflect.apply(method, redis, [POOL_KEY, ...args]);
  };
  return {
    add: (args) => run("add", args),
    settle: (args) => run("settle", args),
    expire: (args) => run("expire", args),
    nextNonce: (args) => run("nextNonce", args),
    snapshot: async () => asBuffers(await run("snapshot", [], "Buffer")),
  };
}

function asBuffers(reply: unknown): Buffer[] {
  if (!Array.isArray(reply) || !reply.every((item) => Buffer.isBuffer(item))) {
    throw new MempoolError("UNAVAILABLE", "unexpected answer of Redis");
  }
  return reply;
}
