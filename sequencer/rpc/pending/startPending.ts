import type { Redis } from "ioredis";
import type { Closers, Config } from "../../../infra/index.ts";
import { createRedis } from "../../../infra/index.ts";
import type { Transaction } from "../../../protocol/index.ts";
import { countRule } from "../../block-builder/sealing/countRule.ts";
import { gasRule } from "../../block-builder/sealing/gasRule.ts";
import { sizeRule } from "../../block-builder/sealing/sizeRule.ts";
import { createPoolView } from "../../mempool/index.ts";
import type { RpcDependencies } from "../context.ts";
import { createPendingBlocks } from "./createPendingBlocks.ts";

type Parts = Pick<
  RpcDependencies,
  "state" | "heads" | "blocks" | "readers" | "rulesAt" | "limits" | "logger"
> & {
  chain: RpcDependencies["config"];
  fromL1(blockNumber: number): Promise<Transaction[]>;
  redis: Redis;
  redisUrl: string;
  closers: Closers;
};

/** The pool as a whole and the block that it would give, for a process beside a sequencer with this configuration. */
export function startPending(
  config: Pick<Config, "maxTransactionsPerBlock" | "maxBlockBytes">,
  parts: Parts,
): Required<Pick<RpcDependencies, "pool" | "pendingBlock">> {
  const { redis, redisUrl, heads, state, chain, limits, logger, closers } = parts;
  const pool = createPoolView({
    redis,
    connect: () => createRedis(redisUrl, { name: "braid-rpc-pool", blocking: true }),
    stateNonce(sender) {
      const latest = state.latest();
      try {
        return latest.account(sender)?.nonce ?? 0n;
      } finally {
        latest.close();
      }
    },
    onError: (err) => logger.warn({ err }, "following the pool failed, will retry"),
  });
  closers.add(() => pool.stop());
  const unsubscribe = heads.onBlock((block) => pool.sealed(block));
  closers.add(() => unsubscribe());
  const pendingBlock = createPendingBlocks({
    ...parts,
    config: chain,
    pool,
    sealingRules: [
      gasRule(chain.gasLimit),
      countRule(config.maxTransactionsPerBlock),
      sizeRule(config.maxBlockBytes),
    ],
    timeoutMs: limits.callMs,
  });
  return { pool, pendingBlock };
}
