import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { BlockInput } from "../../protocol/index.ts";
import { nextBlock, testGenesis } from "../../test/support/chainInputs.ts";
import { blockInput, CHAIN_ID } from "../../test/support/randomBlocks.ts";
import { createExecutor } from "../createExecutor.ts";
import type { StateHead } from "../types.ts";
import { braidRules } from "./chainRules.ts";
import { keyOf } from "./keys.ts";
import type { Outcome } from "./outcome.ts";
import { ThreadLanes } from "./threadLanes.ts";

let dataDir: string;
let head: StateHead;
let lanes: ThreadLanes;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "braid-lanes-"));
  const executor = createExecutor({ dataDir, lanes: 1, genesis: testGenesis() });
  await executor.start();
  await executor.commit(await executor.initialize());
  const found = executor.head();
  if (found === undefined) throw new TypeError("no head");
  head = found;
  await executor.stop();
  lanes = new ThreadLanes({ dataDir, rules: braidRules(CHAIN_ID), threads: 2, laneTimeoutMs: 20_000 });
  expect(await lanes.whenReady()).toBe(true);
});

afterEach(async () => {
  await lanes.stop();
  await rm(dataDir, { recursive: true, force: true });
});

function block(on: StateHead): BlockInput {
  const { transactions } = blockInput({
    fee: { kind: "fee" },
    gasLimit: 120_000_000n,
    transactions: [0, 1].map((sender) => ({
      sender,
      type: 2,
      to: { kind: "contract", index: sender },
      value: 0n,
      steps: [{ command: "add", a: 1n, b: 1n }],
      gasLimit: 500_000n,
      tip: 1n,
      nonceOffset: 0n,
      list: "none",
      authority: 0,
      delegate: { kind: "fee" },
      authorizationNonceOffset: 0n,
    })),
  });
  return nextBlock(on, transactions);
}

function runBoth(input: BlockInput): Promise<(Outcome | undefined)[]> {
  const { transactions, ...environment } = input;
  const runs = lanes.startLanes(
    environment,
    transactions.map((transaction) => [{ transaction, assumeNonce: false, rehearsal: false }]),
  );
  return Promise.all(runs.map(async (run) => run.next()));
}

test("a lane whose thread dies is not run, the other is, and the thread comes back", async () => {
  const dying = lanes.terminateLane(0);
  const [dead, alive] = await runBoth(block(head));
  await dying;
  expect(dead).toBeUndefined();
  expect(alive).toMatchObject({ kind: "done", status: 1 });
  await vi.waitFor(() => expect(lanes.readyLanes()).toBe(2), { timeout: 30_000 });
  const again = await runBoth(block(head));
  expect(again.map((outcome) => outcome?.kind)).toEqual(["done", "done"]);
});

test("outcomes come one by one, in the order of the tasks, without the rehearsals", async () => {
  const { transactions, ...environment } = block(head);
  const [run] = lanes.startLanes(environment, [
    [
      ...transactions.map((transaction) => ({ transaction, assumeNonce: false, rehearsal: false })),
      ...transactions.map((transaction) => ({
        transaction: { ...transaction, nonce: 1n },
        assumeNonce: false,
        rehearsal: true,
      })),
      ...transactions.map((transaction) => ({
        transaction: { ...transaction, nonce: 3n },
        assumeNonce: true,
        rehearsal: false,
      })),
    ],
  ]);
  const senders: (string | undefined)[] = [];
  for (let i = 0; i < 4; i++) {
    const outcome = await run?.next();
    senders.push(outcome?.kind === "done" ? outcome.reads.accounts[0]?.key : outcome?.reason);
  }
  expect(senders).toEqual([0, 1, 0, 1].map((i) => keyOf(transactions[i]?.sender ?? new Uint8Array(0))));
});

test("a task that the lane has not begun can be taken back, once; what the lane has begun cannot", async () => {
  const { transactions, ...environment } = block(head);
  const [transaction] = transactions;
  if (transaction === undefined) throw new TypeError("no transaction");
  const tasks = Array.from({ length: 400 }, (_, nonce) => ({
    transaction: { ...transaction, nonce: BigInt(nonce) },
    assumeNonce: false,
    rehearsal: false,
  }));
  const [run] = lanes.startLanes(environment, [tasks]);
  if (run === undefined) throw new TypeError("no lane");
  // The whole job is queued behind this turn of the event loop's thread: the first tasks are still free.
  const takenBack = tasks.slice(0, 3).filter(() => run.takeBack()).length;
  const outcomes = [await run.next()];
  while (!run.takeBack() && outcomes.length + takenBack < tasks.length) outcomes.push(await run.next());
  expect(outcomes.every((outcome) => outcome?.kind === "done" || outcome?.kind === "invalid")).toBe(true);
  const nonces = outcomes.flatMap((outcome) => (outcome?.kind === "done" ? outcome.writes.accounts : []));
  const sender = nonces.filter(({ nonce }) => nonce !== undefined).map(({ nonce }) => nonce);
  expect(sender).toEqual(sender.map((_, i) => BigInt(takenBack + i + 1)));
  expect(sender.length).toBe(outcomes.length);
});

test("a job that is given up does not disturb the next one", async () => {
  const { transactions, ...environment } = block(head);
  const tasks = transactions.map((transaction) => ({ transaction, assumeNonce: false, rehearsal: false }));
  const [first] = lanes.startLanes(environment, [tasks]);
  first?.cancel();
  const [second] = lanes.startLanes(environment, [tasks]);
  expect(await second?.next()).toMatchObject({ kind: "done" });
  expect(await second?.next()).toMatchObject({ kind: "done" });
});

test("a lane does not run on another state than its block's parent", async () => {
  expect(await runBoth(block({ ...head, hash: new Uint8Array(32) }))).toEqual([undefined, undefined]);
});
