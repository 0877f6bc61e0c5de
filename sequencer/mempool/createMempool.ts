import type { Redis } from "ioredis";
import { divideByGap } from "./divideByGap.ts";
import { MempoolError, refusal } from "./mempoolError.ts";
import { decodePoolEntry } from "./poolEntry.ts";
import { CHANGED_KEYS, POOL_KEYS, senderKey } from "./poolKeys.ts";
import { type Addition, encodeAdditions } from "./poolRecords.ts";
import { definePoolScripts } from "./poolScripts.ts";
import type { Mempool, MempoolLimits, MempoolStatus, SenderState } from "./types.ts";

/** Additions that go to Redis in one command: enough to share its cost, few enough to keep Redis answering others. */
const MAX_GROUP = 200;
const MAX_GROUP_BYTES = 1 << 20;
/** Counting visits every sender: whoever asks more often gets the last answer. */
const STATUS_MAX_AGE_MS = 250;
/** Sorted sets score with doubles, exact to here; no account has come near it. */
const MAX_NONCE = 2n ** 53n - 1n;

interface Waiting extends Addition {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The RPC's side of the pool. All rules that compare transactions are decided inside Redis, in one Lua command, so any
 * number of processes may add at the same time. Additions of one turn of the event loop share a command.
 */
export function createMempool(redis: Redis, limits: MempoolLimits): Mempool {
  definePoolScripts(redis);
  let group: Waiting[] = [];
  let counted: { at: number; status: Promise<MempoolStatus> } | undefined;

  function flush(): void {
    const waiting = group;
    group = [];
    let start = 0;
    let bytes = 0;
    for (const [index, { transaction }] of waiting.entries()) {
      const isFull = index - start === MAX_GROUP || bytes + transaction.raw.length > MAX_GROUP_BYTES;
      if (isFull && index > start) {
        void addGroup(waiting.slice(start, index));
        start = index;
        bytes = 0;
      }
      bytes += transaction.raw.length;
    }
    void addGroup(start === 0 ? waiting : waiting.slice(start));
  }

  async function addGroup(waiting: Waiting[]): Promise<void> {
    try {
      const { total, perSender, queuedPerSender } = limits;
      const refusals = await redis.braidPoolAdd(
        ...CHANGED_KEYS,
        ...[total, perSender, queuedPerSender, Date.now(), POOL_KEYS.senderPrefix],
        encodeAdditions(waiting),
      );
      for (let i = 0; i + 1 < refusals.length; i += 2) {
        const refused = waiting[Number(refusals[i])];
        if (refused === undefined) continue;
        refused.reject(refusal(String(refusals[i + 1]), refused.transaction, refused.sender.balance));
      }
      // Settled promises stay as they are: this reaches those that were not refused.
      for (const one of waiting) one.resolve();
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
    add(transaction, sender: SenderState, condition) {
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
        group.push({
          transaction,
          sender,
          resolve,
          reject,
          ...(condition === undefined ? {} : { condition }),
        });
      });
    },
    async get(hash) {
      const entry = await redis.hgetBuffer(POOL_KEYS.txs, Buffer.from(hash));
      return entry === null ? undefined : decodePoolEntry(entry).transaction;
    },
    async receivedAt(hash) {
      const score = await redis.zscore(POOL_KEYS.arrivals, Buffer.from(hash));
      return score === null ? undefined : Number(score);
    },
    async ofSender(sender, stateNonce) {
      const hashes = await redis.zrangeBuffer(senderKey(sender), "0", "-1");
      const entries = hashes.length === 0 ? [] : await redis.hmgetBuffer(POOL_KEYS.txs, ...hashes);
      const transactions = entries.flatMap((entry) =>
        entry === null ? [] : [decodePoolEntry(entry).transaction],
      );
      return divideByGap(sender, transactions, stateNonce);
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
