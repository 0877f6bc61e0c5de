import { mnemonicToAccount } from "viem/accounts";
import { expect } from "vitest";
import { createRedis } from "../../infra/index.ts";
import { DEVELOPMENT_MNEMONIC } from "../../protocol/index.ts";
import { POOL_KEYS } from "../../sequencer/mempool/poolKeys.ts";
import { rpc } from "../support/rpc.ts";
import type { TestNode } from "../support/testNode.ts";
import { TestSender } from "../support/testSender.ts";

/** Where a node stands: what a refused request must not move. */
export interface Standing {
  head: unknown;
  /** Transactions in the pool, how many it ever took, and how many changes it told. Straight from Redis. */
  pool: { waiting: number; taken: string | null; changes: number };
}

export interface NodeWatch {
  standing(): Promise<Standing>;
  stop(): void;
}

export async function watchNode({ rpcUrl, config }: TestNode): Promise<NodeWatch> {
  const redis = await createRedis(config.redisUrl ?? "");
  return {
    async standing() {
      const [head, waiting, taken, changes] = await Promise.all([
        rpc(rpcUrl, "eth_getBlockByNumber", ["latest", false]),
        redis.hlen(POOL_KEYS.txs),
        redis.get(POOL_KEYS.sequence),
        redis.xlen(POOL_KEYS.events),
      ]);
      return { head, pool: { waiting, taken, changes } };
    },
    stop: () => redis.disconnect(),
  };
}

/** The node still does its work: a transfer of development account `index` gets into a block. */
export async function expectSealed(rpcUrl: string, index: number): Promise<void> {
  const account = mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex: index });
  const sender = await TestSender.create(account, rpcUrl);
  const receipt = await sender.sendAndWait({ to: account.address, value: 1n, gas: 21_000n });
  expect(receipt.status).toBe("0x1");
}
