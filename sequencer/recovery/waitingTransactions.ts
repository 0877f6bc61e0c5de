import type { Redis } from "ioredis";
import { StateStore } from "../../executor/index.ts";
import { createRedis } from "../../infra/index.ts";
import { createPoolView } from "../mempool/index.ts";

/** Acknowledged, and in no block that L1 knows of. */
export interface WaitingTransaction {
  hash: Uint8Array;
  sender: Uint8Array;
  nonce: bigint;
  /** False: a nonce before it is missing, which was in a block that is lost, or never came. */
  executable: boolean;
}

interface WaitingOptions {
  redis: Redis;
  redisUrl: string;
  /** Of the recovered chain. */
  head: number;
  stateDir: string;
}

/** What Redis still holds of transactions that the recovered chain does not have, by sender and nonce. */
export async function waitingTransactions(options: WaitingOptions): Promise<WaitingTransaction[]> {
  const store = StateStore.open(options.stateDir, { readOnly: true });
  const state = store.reader();
  let failed: unknown;
  const pool = createPoolView({
    redis: options.redis,
    connect: () => createRedis(options.redisUrl, { name: "braid-recover-pool", blocking: true }),
    stateNonce: (sender) => state.account(sender)?.nonce ?? 0n,
    onError: (error) => {
      failed = error;
    },
  });
  try {
    const moment = await pool.now(options.head);
    if (failed !== undefined) throw failed;
    return moment.content().flatMap(({ sender, pending, queued }) => {
      const nonce = state.account(sender)?.nonce ?? 0n;
      return [...pending, ...queued]
        .filter((transaction) => transaction.nonce >= nonce)
        .map((transaction) => ({
          hash: transaction.hash,
          sender,
          nonce: transaction.nonce,
          executable: pending.includes(transaction),
        }));
    });
  } finally {
    await pool.stop();
    await store.close();
  }
}
