import type { BlockEnvironment } from "../../../executor/index.ts";
import { bytesEqual, bytesToHex, type ChainConfig, type Transaction } from "../../../protocol/index.ts";
import { conditionFailure } from "../../block-builder/conditionFailure.ts";
import { l1Prices } from "../../block-builder/l1Prices.ts";
import { nextBlockInput } from "../../block-builder/nextBlockInput.ts";
import type { SealingRule } from "../../block-builder/sealing/sealingRule.ts";
import { selectTransactions } from "../../block-builder/selectTransactions.ts";
import type { PoolMoment, PoolView } from "../../mempool/index.ts";
import { requireHeader } from "../blocks/resolveBlock.ts";
import type { RpcDependencies } from "../context.ts";
import type { PendingBlock } from "./pendingBlock.ts";

export interface PendingBlocksOptions {
  config: ChainConfig;
  /** The sequencer's. */
  sealingRules: SealingRule[];
  pool: PoolView;
  readers: RpcDependencies["readers"];
  rulesAt: RpcDependencies["rulesAt"];
  state: Pick<RpcDependencies["state"], "latest">;
  heads: RpcDependencies["heads"];
  blocks: RpcDependencies["blocks"];
  /** What the block after this one takes from L1. */
  fromL1(blockNumber: number): Promise<Transaction[]>;
  timeoutMs: number;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

type Parent = PendingBlock["parent"];

interface Built {
  key: string;
  pending: PendingBlock;
  /** Of `performance.now()`. */
  at: number;
  tookMs: number;
}

/** A block that took less is built anew whenever the pool changed. */
const QUICK_MS = 25;
/** One that took longer serves for that many times as long: asking often must not keep a read thread busy. */
const REST = 2;

/**
 * Makes the pending block when it is asked for: what L1 has for it and the pool's best transactions, chosen as the
 * block builder chooses, executed on `latest` by a read thread. The same head, pool and second give the same block, made once; whoever asks
 * meanwhile waits for it.
 */
export function createPendingBlocks(options: PendingBlocksOptions): () => Promise<PendingBlock> {
  const now = options.now ?? Date.now;
  let last: Built | undefined;
  let building: Promise<Built> | undefined;

  function serves(built: Built, key: string, parent: Parent): boolean {
    if (built.key === key) return true;
    const isSameHead = bytesEqual(built.pending.parent.hash, parent.hash);
    const age = performance.now() - built.at;
    return isSameHead && built.tookMs > QUICK_MS && age < built.tookMs * REST;
  }

  return async () => {
    for (;;) {
      const { latest } = options.heads.heads();
      const parent = await requireHeader(options, { number: latest.number });
      const moment = await options.pool.now(latest.number);
      const nowMs = now();
      const key = `${bytesToHex(parent.hash)}/${moment.version}/${Math.floor(nowMs / 1000)}`;
      if (last !== undefined && serves(last, key, parent)) return last.pending;
      if (building !== undefined) {
        // It may be of an earlier moment: look again. Its failure is told to whoever started it.
        await building.catch(() => undefined);
        continue;
      }
      building = build(options, { key, parent, moment, nowMs });
      try {
        last = await building;
        return last.pending;
      } finally {
        building = undefined;
      }
    }
  };
}

interface Occasion {
  key: string;
  parent: Parent;
  moment: PoolMoment;
  nowMs: number;
}

async function build(
  options: PendingBlocksOptions,
  { key, parent, moment, nowMs }: Occasion,
): Promise<Built> {
  const started = performance.now();
  const fromL1 = await options.fromL1(parent.header.number);
  const { environment, candidates } = plan(options, { parent, moment, nowMs, fromL1 });
  const { number: blockNumber, stateRoot } = parent.header;
  const { header, hash, size, receipts, included, changes } = await options.readers.run(
    "pending",
    {
      scene: { state: { blockNumber, stateRoot }, environment, rules: options.rulesAt(parent.header) },
      candidates: candidates.map(({ raw, sender }) => ({ raw, sender })),
    },
    { timeoutMs: options.timeoutMs, client: "pending block" },
  );
  const transactions = included.flatMap((index) => candidates[index] ?? []);
  const block = { header, hash, size, transactions, receipts };
  const at = performance.now();
  return { key, pending: { block, parent, changes, environment }, at, tookMs: at - started };
}

function plan(
  { config, state, sealingRules }: PendingBlocksOptions,
  { parent, moment, nowMs, fromL1 }: Omit<Occasion, "key"> & { fromL1: Transaction[] },
): { environment: BlockEnvironment; candidates: Transaction[] } {
  const latest = state.latest();
  try {
    const { transactions: _, ...environment } = nextBlockInput(config, parent, nowMs, [], l1Prices(latest));
    const { transactions } = selectTransactions(
      moment,
      sealingRules,
      environment.baseFeePerGas,
      (condition) => conditionFailure(condition, environment, latest),
      fromL1,
    );
    return { environment, candidates: [...fromL1, ...transactions] };
  } finally {
    latest.close();
  }
}
