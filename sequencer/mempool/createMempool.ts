import { readFileSync } from "node:fs";
import type { Redis, Result } from "ioredis";
import type { Transaction } from "../../protocol/index.ts";
import { MempoolError, refusal } from "./mempoolError.ts";
import { decodePoolEntry } from "./poolEntry.ts";
import { POOL_KEYS, senderKey } from "./poolKeys.ts";
import type { Mempool, MempoolLimits, MempoolStatus, SenderState } from "./types.ts";

const script = (name: string) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), "utf8");
const ADD = script("add");
const NEXT_NONCE = script("nextNonce");
const STATUS = script("status");

/** Additions that go to Redis in one command: enough to share its cost, few enough to keep Redis answering others. */
const MAX_GROUP = 200;
/** Counting visits every sender: whoever asks more often gets the last answer. */
const STATUS_MAX_AGE_MS = 250;
/** Sorted sets score with doubles, exact to here; no account has come near it. */
const MAX_NONCE = 2n ** 53n - 1n;

declare module "ioredis" {
  interface RedisCommander<Context> {
    braidPoolAdd(...args: (string | number | Buffer)[]): Result<string[], Context>;
    braidPoolStatus(txs: string, next: string, senderPrefix: string): Result<number[], Context>;
    braidPoolNextNonce(
      next: string,
      zset: Buffer,
      sender: Buffer,
      stateNonce: string,
    ): Result<string, Context>;
  }
}

interface Waiting {
  transaction: Transaction;
  stateNonce: bigint;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The RPC's side of the pool. All rules that compare transactions are decided inside Redis, in one Lua command, so any
 * number of processes may add at the same time. Additions of one turn of the event loop share a command.
 */
export function createMempool(redis: Redis, limits: MempoolLimits): Mempool {
  redis.defineCommand("braidPoolAdd", { lua: ADD });
  redis.defineCommand("braidPoolNextNonce", { lua: NEXT_NONCE, numberOfKeys: 2 });
  redis.defineCommand("braidPoolStatus", { lua: STATUS, numberOfKeys: 2 });
  let group: Waiting[] = [];
  let counted: { at: number; status: Promise<MempoolStatus> } | undefined;

  function flush(): void {
    const waiting = group;
    group = [];
    for (let start = 0; start < waiting.length; start += MAX_GROUP) {
      void addGroup(waiting.slice(start, start + MAX_GROUP));
    }
  }

  async function addGroup(waiting: Waiting[]): Promise<void> {
    try {
      const results = await redis.braidPoolAdd(...addArguments(waiting, limits));
      waiting.forEach((one, index) => {
        const refused = refusal(results[index] ?? "missing");
        if (refused === undefined) one.resolve();
        else one.reject(refused);
      });
    } catch (cause) {
      const error = new MempoolError(
        "MEMPOOL_UNAVAILABLE",
        "the transaction pool is not reachable, try again",
        {
          retryable: true,
          cause,
        },
      );
      for (const one of waiting) one.reject(error);
    }
  }

  async function count(): Promise<MempoolStatus> {
    const { txs, next, senderPrefix } = POOL_KEYS;
    const [pending = 0, queued = 0] = await redis.braidPoolStatus(txs, next, senderPrefix);
    return { pending, queued };
  }

  return {
    add(transaction, sender: SenderState) {
      if (transaction.nonce > MAX_NONCE) {
        return Promise.reject(
          new MempoolError(
            "MEMPOOL_NONCE_TOO_HIGH",
            `nonce too high: the pool takes nonces up to ${MAX_NONCE}`,
          ),
        );
      }
      return new Promise<void>((resolve, reject) => {
        if (group.length === 0) setImmediate(flush);
        group.push({ transaction, stateNonce: sender.nonce, resolve, reject });
      });
    },
    async get(hash) {
      const entry = await redis.hgetBuffer(POOL_KEYS.txs, Buffer.from(hash));
      return entry === null ? undefined : decodePoolEntry(entry).transaction;
    },
    async nextNonce(sender, stateNonce) {
      const args = [POOL_KEYS.next, senderKey(sender), Buffer.from(sender), stateNonce.toString()] as const;
      return BigInt(await redis.braidPoolNextNonce(...args));
    },
    async status() {
      if (counted === undefined || Date.now() - counted.at > STATUS_MAX_AGE_MS) {
        counted = { at: Date.now(), status: count() };
      }
      return counted.status;
    },
  };
}

function addArguments(waiting: Waiting[], limits: MempoolLimits): (string | number | Buffer)[] {
  const { txs, next, price, arrivals, sequence, events, senderPrefix } = POOL_KEYS;
  const keys: (string | Buffer)[] = [txs, next, price, arrivals, sequence, events];
  const values: (string | number | Buffer)[] = [
    limits.total,
    limits.perSender,
    limits.queuedPerSender,
    Date.now(),
    senderPrefix,
  ];
  for (const { transaction: tx, stateNonce } of waiting) {
    keys.push(senderKey(tx.sender));
    values.push(
      Buffer.from(tx.hash),
      Buffer.from(tx.sender),
      tx.nonce.toString(),
      hex64(tx.maxFeePerGas),
      hex64(tx.maxPriorityFeePerGas),
      hex64(replaceable(tx.maxFeePerGas)),
      hex64(replaceable(tx.maxPriorityFeePerGas)),
      Number(tx.maxPriorityFeePerGas),
      stateNonce.toString(),
      Buffer.from(tx.raw.buffer, tx.raw.byteOffset, tx.raw.byteLength),
    );
  }
  return [keys.length, ...keys, ...values];
}

/** The highest old fee that this one may replace: 10 % less, and always less. */
function replaceable(fee: bigint): bigint {
  return (fee * 100n) / 110n;
}

function hex64(value: bigint): string {
  return value.toString(16).padStart(64, "0");
}
