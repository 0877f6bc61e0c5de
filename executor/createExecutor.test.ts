import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { bytesToHex, type Transaction } from "../protocol/index.ts";
import { nextBlock, testGenesis } from "../test/support/chainInputs.ts";
import { blockInput, type TransactionSpec } from "../test/support/randomBlocks.ts";
import { createExecutor } from "./createExecutor.ts";
import type { Executor, StateHead } from "./types.ts";

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(lanes: number, dataDir?: string): Promise<{ executor: Executor; dataDir: string }> {
  const directory = dataDir ?? (await mkdtemp(join(tmpdir(), "braid-executor-")));
  if (dataDir === undefined) cleanups.push(() => rm(directory, { recursive: true, force: true }));
  const executor = createExecutor({
    dataDir: directory,
    lanes,
    genesis: testGenesis(),
    inlineBelowMicros: 0,
  });
  await executor.start();
  cleanups.push(() => executor.stop());
  return { executor, dataDir: directory };
}

/** Resolves when it is opened. */
function gate(): { opened: Promise<unknown>; open(): void } {
  const controller = new AbortController();
  return { opened: once(controller.signal, "abort"), open: () => controller.abort() };
}

function headOf(executor: Executor): StateHead {
  const head = executor.head();
  if (head === undefined) throw new TypeError("no head");
  return head;
}

/** Contract calls by several senders, on one shared and several own slots. */
function calls(perSender: number): Transaction[] {
  const transactions: TransactionSpec[] = [];
  for (let round = 0; round < perSender; round++) {
    for (const sender of [0, 1, 2, 3]) {
      transactions.push({
        sender,
        type: 2,
        to: { kind: "contract", index: sender % 3 },
        value: 0n,
        steps: [
          { command: "add", a: BigInt(sender), b: 1n },
          { command: "log", a: 1n, b: BigInt(round) },
          ...(round === 0 ? [{ command: "add" as const, a: 9n, b: 1n }] : []),
        ],
        gasLimit: 500_000n,
        tip: 2n,
        nonceOffset: 0n,
        list: "exact",
        authority: 0,
        delegate: { kind: "fee" },
        authorizationNonceOffset: 0n,
      });
    }
  }
  return blockInput({ fee: { kind: "fee" }, gasLimit: 120_000_000n, transactions }).transactions;
}

test("lanes on threads build the same chain as one lane, and a restart goes on from it", async () => {
  const { executor: inline } = await open(1);
  const { executor: parallel, dataDir } = await open(2);
  const genesis = await inline.initialize();
  await inline.commit(genesis);
  const sameGenesis = await parallel.initialize();
  expect(sameGenesis.block).toEqual(genesis.block);
  await parallel.commit(sameGenesis);

  const input = nextBlock(headOf(inline), calls(5));
  const expected = await inline.execute(input);
  const actual = await parallel.execute(input);
  expect(actual.report.lanes).toBe(2);
  expect(actual.block).toEqual(expected.block);
  expect(actual.stateDiff).toEqual(expected.stateDiff);
  expect(expected.block.receipts).toHaveLength(20);
  await inline.commit(expected);
  await parallel.commit(actual);
  expect(headOf(parallel)).toEqual(headOf(inline));

  await parallel.stop();
  const { executor: again } = await open(2, dataDir);
  const next = nextBlock(headOf(inline), []);
  expect((await again.execute(next)).block).toEqual((await inline.execute(next)).block);
});

test("replays a persisted diff and refuses one that gives another root", async () => {
  const { executor: source } = await open(1);
  const { executor: replica } = await open(1);
  const genesis = await source.initialize();
  await source.commit(genesis);
  await replica.replayDiff(genesis.block.header, genesis.block.hash, genesis.stateDiff);
  const executed = await source.execute(nextBlock(headOf(source), calls(1)));
  await source.commit(executed);
  const { header, hash } = executed.block;
  const wrong = { ...executed.stateDiff, accounts: executed.stateDiff.accounts.slice(1) };
  await expect(replica.replayDiff(header, hash, wrong)).rejects.toThrow(/gives root/);
  await replica.replayDiff(header, hash, executed.stateDiff);
  expect(bytesToHex(headOf(replica).stateRoot)).toBe(bytesToHex(headOf(source).stateRoot));
});

test("refuses a block that does not follow the head", async () => {
  const { executor } = await open(1);
  await executor.commit(await executor.initialize());
  const input = { ...nextBlock(headOf(executor), []), parentHash: new Uint8Array(32) };
  await expect(executor.execute(input)).rejects.toMatchObject({ code: "EXECUTOR_WRONG_PARENT" });
});

test("a block runs while the one before is written, in lanes or not, and comes out the same", async () => {
  const chains = await Promise.all([1, 2].map((lanes) => open(lanes)));
  const blocks = [];
  for (const { executor } of chains) {
    await executor.commit(await executor.initialize());
    const first = await executor.execute(nextBlock(headOf(executor), calls(5)));
    const { opened, open: write } = gate();
    const written = executor.commit(first, opened);
    expect(headOf(executor).number).toBe(1);
    const further = calls(5).map((transaction) => ({ ...transaction, nonce: transaction.nonce + 5n }));
    const running = executor.execute(nextBlock(headOf(executor), further));
    setImmediate(write);
    const second = await running;
    await written;
    await executor.commit(second);
    expect(second.block.receipts).toHaveLength(20);
    blocks.push([first.block, second.block, headOf(executor)]);
  }
  expect(blocks[1]).toEqual(blocks[0]);
});

test("what was built on a block that could not be written is lost with it, and the block before is the head", async () => {
  const { executor } = await open(1);
  await executor.commit(await executor.initialize());
  const first = await executor.execute(nextBlock(headOf(executor), calls(1)));
  const failure = new RangeError("no room");
  const { opened, open: fail } = gate();
  const written = executor.commit(
    first,
    opened.then(() => Promise.reject(failure)),
  );
  const running = executor.execute(nextBlock(headOf(executor), calls(2)));
  fail();
  await expect(written).rejects.toBe(failure);
  await expect(running.then((next) => executor.commit(next))).rejects.toThrow();
  expect(headOf(executor).number).toBe(0);
  await executor.commit(first);
  expect(headOf(executor).number).toBe(1);
});
