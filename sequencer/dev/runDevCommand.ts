import type { Redis } from "ioredis";
import type { Executor, StateAmendment } from "../../executor/index.ts";
import { type ChainConfig, InvariantError, NO_L1_PRICES, type Transaction } from "../../protocol/index.ts";
import type { Bench, BlockBuilder } from "../block-builder/blockBuilder.ts";
import { l1Prices } from "../block-builder/l1Prices.ts";
import { nextBlockInput } from "../block-builder/nextBlockInput.ts";
import { type RollbackDeps, RollbackError, rollbackChain } from "../block-builder/rollbackChain.ts";
import { decodePoolEntry } from "../mempool/poolEntry.ts";
import { POOL_KEYS } from "../mempool/poolKeys.ts";
import type { BlockCandidates } from "../mempool/types.ts";
import type { DevAmendment, DevCommand } from "./devCommand.ts";
import { DevError } from "./devError.ts";
import type { DevPacing } from "./devPacing.ts";
import { Snapshots } from "./snapshots.ts";

export interface DevCommandDeps {
  builder: BlockBuilder;
  pacing: DevPacing;
  executor: Executor;
  candidates: BlockCandidates;
  /** For the pool. */
  redis: Redis;
  config: ChainConfig;
  rollback: RollbackDeps;
  /** After a rollback: tells every RPC process of the head. */
  announceHead(): Promise<void>;
}

/** Blocks that one command may make: each is durable before the next. */
const MAX_BLOCKS = 10_000;

/**
 * Carries out development commands, each between two blocks, so that it sees and leaves a whole chain.
 *
 * State that a developer sets goes into a block of its own, empty but for it: every state belongs to a block, as
 * everywhere else, and what a crash leaves behind is a chain.
 */
export function createDevCommands(deps: DevCommandDeps): (command: DevCommand) => Promise<unknown> {
  const snapshots = new Snapshots();
  return (command) => deps.builder.between((bench) => run(command, { ...deps, bench, snapshots }));
}

interface Scene extends DevCommandDeps {
  bench: Bench;
  snapshots: Snapshots;
}

async function run(command: DevCommand, scene: Scene): Promise<unknown> {
  const { bench, pacing, snapshots } = scene;
  switch (command.kind) {
    case "snapshot":
      return snapshots.take({ block: bench.head().header.number, time: pacing.time() });
    case "revert":
      return await revert(command.id, scene);
    case "rollback":
      return await rollBack(command.depth, scene);
    case "reset":
      return await reset(scene);
    case "mine":
      return await mine(command, scene);
    case "submitted":
      if (pacing.mode.kind === "auto") await bench.build(false);
      return null;
    case "amend":
      return await amend(command.amendment, scene);
    case "drop":
      return await drop((transaction) => Buffer.compare(transaction.hash, command.hash) === 0, scene);
    case "dropAll":
      return await drop(
        ({ sender }) => command.sender === undefined || Buffer.compare(sender, command.sender) === 0,
        scene,
      );
    default:
      return set(command, scene);
  }
}

type Setting = Extract<
  DevCommand,
  {
    kind:
      | "increaseTime"
      | "setTime"
      | "setNextTimestamp"
      | "setTimestampInterval"
      | "setMode"
      | "override"
      | "status";
  }
>;

/** What only changes how later blocks are made. */
function set(command: Setting, { pacing, bench, config }: Scene): unknown {
  switch (command.kind) {
    case "increaseTime":
      return pacing.increaseTime(command.seconds);
    case "setTime":
      return pacing.setTime(command.timestamp);
    case "setNextTimestamp":
      pacing.setNextTimestamp(command.timestamp, bench.head().header);
      return null;
    case "setTimestampInterval":
      return pacing.setTimestampInterval(command.seconds);
    case "setMode":
      pacing.setMode(command.mode);
      return null;
    case "override": {
      const { kind: _, ...overrides } = command;
      pacing.override(overrides);
      return null;
    }
    case "status":
      return {
        automine: pacing.mode.kind === "auto",
        intervalMining: pacing.mode.kind === "interval" ? pacing.mode.seconds : null,
        gasLimit: pacing
          .lasting(nextBlockInput(config, bench.head(), 0, [], NO_L1_PRICES))
          .gasLimit.toString(),
      };
  }
}

async function mine(
  { blocks, interval, timestamp }: Extract<DevCommand, { kind: "mine" }>,
  { bench, pacing }: Scene,
): Promise<null> {
  if (blocks > MAX_BLOCKS) throw new DevError(`cannot mine more than ${MAX_BLOCKS} blocks at once`);
  if (timestamp !== undefined) pacing.setNextTimestamp(timestamp, bench.head().header);
  for (let made = 0; made < blocks; made++) {
    if (interval !== undefined && interval > 0) pacing.increaseTime(interval);
    await bench.build(true);
  }
  return null;
}

/** The block's time is its parent's, and what is set for the next block stays set for the next. */
async function amend(
  { addBalance, ...amendment }: DevAmendment,
  { bench, executor, pacing, config, candidates }: Scene,
): Promise<null> {
  const head = bench.head();
  const input = pacing.lasting(nextBlockInput(config, head, 0, [], l1Prices(executor.state())));
  const change: StateAmendment = amendment;
  if (addBalance !== undefined) {
    change.balance = (executor.state().account(change.address)?.balance ?? 0n) + addBalance;
    if (change.balance >> 256n !== 0n) throw new DevError("balance overflow");
  }
  await bench.append(await executor.amend(input, [change]));
  if (change.nonce !== undefined) await candidates.resync();
  return null;
}

/** Snapshots taken after that one are gone with their blocks, as in Anvil. */
async function revert(id: number, scene: Scene): Promise<boolean> {
  const snapshot = scene.snapshots.use(id);
  if (snapshot === undefined) return false;
  await goBack(snapshot.block, scene);
  scene.pacing.setTime(snapshot.time);
  return true;
}

async function rollBack(depth: number, scene: Scene): Promise<null> {
  const { number } = scene.bench.head().header;
  if (depth > number) {
    throw new DevError(
      `Rollback depth must not exceed current chain height: current height ${number}, depth ${depth}`,
    );
  }
  await goBack(number - depth, scene);
  scene.snapshots.forgetAfter(number - depth);
  scene.pacing.resumeFrom(scene.bench.head().header);
  return null;
}

async function reset(scene: Scene): Promise<null> {
  await drop(() => true, scene);
  await goBack(0, scene);
  scene.snapshots.clear();
  scene.pacing.restart(scene.bench.head().header);
  return null;
}

async function goBack(number: number, { bench, rollback, announceHead }: Scene): Promise<void> {
  if (number < bench.head().header.number) {
    try {
      bench.moveTo(await rollbackChain(number, rollback));
    } catch (error) {
      throw error instanceof RollbackError ? new DevError(error.message, error) : error;
    }
    await announceHead();
  }
  const { header } = bench.head();
  if (header.number !== number)
    throw new InvariantError(`the chain is at block ${header.number}, not ${number}`);
}

/** Takes transactions out of the pool; says whether there was one. */
async function drop(
  isMeant: (transaction: Transaction) => boolean,
  { redis, candidates }: Scene,
): Promise<boolean> {
  const entries = await redis.hvalsBuffer(POOL_KEYS.txs);
  const meant = entries.map((entry) => decodePoolEntry(entry).transaction).filter(isMeant);
  if (meant.length === 0) return false;
  const reason = "dropped by a development method";
  await candidates.caughtUp();
  await candidates.reject(meant.map((transaction) => ({ transaction, reason })));
  return true;
}
