/** Whatever is called in whatever order: no ether from nothing, no withdrawal twice, no gap in the chain, no late message. */
import fc from "fast-check";
import { type Address, type Hex, numberToHex } from "viem";
import type { HDAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { type CommittedBatch, calldataHash, createBatchChain, DATA, proveCall, sign } from "./batchChain.ts";
import { createL2State, type L2State, type Withdrawal, withdrawalOf } from "./l2State.ts";
import { type Call, createFixture, ETHER, type Fixture, PAUSE, SETTINGS } from "./settlementFixture.ts";

let stack: TestStack;
let fixture: Fixture;
let states: [L2State, L2State];

const recipient = (index: number): Address => `0x${(0xa000 + index).toString(16).padStart(40, "0")}`;
const VALUES = [1n, 30n, 60n, 250n].map((ether) => ether * ETHER);
const WITHDRAWALS: Withdrawal[] = VALUES.map((value, index) =>
  withdrawalOf({ nonce: BigInt(index), target: recipient(index), value }),
);

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  fixture = await createFixture(stack.l1Url, DEV_MNEMONIC);
  states = [await createL2State(WITHDRAWALS, 3), await createL2State(WITHDRAWALS, 20)];
});
afterAll(() => stack?.stop());

type Step =
  | { do: "deposit"; ether: number }
  | { do: "force" }
  | { do: "commit"; state: 0 | 1; keep: number; gap: boolean }
  | { do: "proveBatch"; ahead: boolean }
  | { do: "finalizeBatch"; number: number }
  | { do: "revert"; back: number }
  | { do: "revertProven"; back: number }
  | { do: "prove"; which: number; back: number }
  | { do: "finalize" | "replay"; which: number }
  | { do: "pauseFinality" }
  | { do: "mine"; blocks: number }
  | { do: "wait"; seconds: number };

const which = fc.nat(WITHDRAWALS.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("deposit"), ether: fc.integer({ min: 0, max: 200 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "force" } as const) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("commit"),
      state: fc.constantFrom(0, 1),
      keep: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
      gap: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("proveBatch"), ahead: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("finalizeBatch"), number: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("revert"), back: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("revertProven"), back: fc.nat(3) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("prove"), which, back: fc.nat(1) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom("finalize", "replay"), which }) },
  { weight: 1, arbitrary: fc.constant({ do: "pauseFinality" } as const) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("mine"), blocks: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait"), seconds: fc.constantFrom(60, 3_600, 90_000) }),
  },
) as fc.Arbitrary<Step>;

/** What the calls that succeeded should have left behind. */
function createModel() {
  return {
    deposited: 0n,
    paid: new Map<number, bigint>(),
    failed: new Set<number>(),
    messages: [] as { deadline: bigint }[],
    /** By number, from the genesis batch on. */
    chain: [] as { batch: CommittedBatch; state: 0 | 1 }[],
    proven: 0,
    final: [] as Hex[],
    successes: new Map<Step["do"], number>(),
  };
}
type Model = ReturnType<typeof createModel>;

async function tried(account: HDAccount, call: Call) {
  const { wallet, reader } = fixture;
  const hash = await wallet.writeContract({ ...call, account, gas: 1_500_000n } as never);
  const receipt = await reader.waitForTransactionReceipt({ hash });
  return receipt.status === "success" ? receipt : undefined;
}

async function run(steps: readonly Step[]): Promise<Model> {
  const model = createModel();
  const batches = createBatchChain(fixture);
  model.chain.push({ batch: batches.last, state: 0 });
  for (const next of steps) {
    if (await taken(next, model, batches)) {
      model.successes.set(next.do, (model.successes.get(next.do) ?? 0) + 1);
    }
    await check(model);
  }
  return model;
}

/** Takes the step, whether it is allowed or not, and tells the model. */
async function taken(
  next: Step,
  model: Model,
  batches: ReturnType<typeof createBatchChain>,
): Promise<boolean> {
  switch (next.do) {
    case "deposit":
    case "force":
      return queued(next, model);
    case "commit":
      return committed(next, model, batches);
    case "proveBatch":
      return provenBatch(next.ahead, model);
    case "finalizeBatch":
      return finalizedBatch(next.number, model);
    case "revert":
    case "revertProven":
      return reverted(next, model, batches);
    case "prove":
      return shown(next, model);
    case "finalize":
    case "replay":
      return withdrawn(next, model);
    case "pauseFinality": {
      const call = { ...fixture.contracts.rollup, functionName: "pause", args: [PAUSE.finalize, 3_600n] };
      return (await tried(fixture.accounts.guardian, call)) !== undefined;
    }
    case "mine":
      await fixture.control.mine({ blocks: next.blocks });
      return true;
    case "wait":
      await fixture.passes(next.seconds);
      return true;
  }
}

async function queued(next: Step & { do: "deposit" | "force" }, model: Model): Promise<boolean> {
  const { accounts, contracts } = fixture;
  const value = next.do === "deposit" ? BigInt(next.ether) * ETHER : 0n;
  const receipt = await tried(accounts.user, {
    ...contracts.portal,
    value,
    ...(next.do === "deposit"
      ? {
          functionName: "depositTransaction",
          args: [accounts.user.address, value, 21_000n, false, "0x"],
        }
      : { functionName: "forceTransaction", args: ["0x02aabb"] }),
  });
  if (receipt === undefined) return false;
  model.deposited += value;
  model.messages.push({ deadline: receipt.blockNumber + BigInt(SETTINGS.inclusionWindowBlocks) });
  return true;
}

async function committed(
  { state, keep, gap }: Step & { do: "commit" },
  model: Model,
  batches: ReturnType<typeof createBatchChain>,
): Promise<boolean> {
  const header = await batches.next(states[state].header);
  header.messagesConsumed -= BigInt(keep);
  if (header.messagesConsumed < 0n) header.messagesConsumed = 0n;
  if (gap) header.firstBlock += 1n;
  const receipt = await tried(fixture.accounts.sequencer, batches.commitCall(header));
  if (receipt === undefined) return false;
  expect(gap).toBe(false);
  const before = model.chain.at(-1)?.batch;
  expect(header.messagesConsumed).toBeGreaterThanOrEqual(before?.header.messagesConsumed ?? 0n);
  // The deadline of every message that is left.
  for (const { deadline } of model.messages.slice(Number(header.messagesConsumed))) {
    expect(receipt.blockNumber).toBeLessThanOrEqual(deadline);
  }
  const batch = await batches.committed(header, calldataHash(DATA));
  model.chain.push({ batch, state });
  return true;
}

async function provenBatch(ahead: boolean, model: Model): Promise<boolean> {
  const entry = model.chain[model.proven + (ahead ? 2 : 1)] ?? model.chain[model.proven + 1];
  if (entry === undefined) return false;
  const proof = await sign(fixture, entry.batch);
  const receipt = await tried(fixture.accounts.stranger, proveCall(fixture, entry.batch, proof));
  if (receipt === undefined) return false;
  model.proven += 1;
  expect(entry).toBe(model.chain[model.proven]);
  return true;
}

async function finalizedBatch(number: number, model: Model): Promise<boolean> {
  const call = { ...fixture.contracts.rollup, functionName: "finalizeBatch", args: [BigInt(number)] };
  if ((await tried(fixture.accounts.stranger, call)) === undefined) return false;
  expect(number).toBeLessThanOrEqual(model.proven);
  model.final = model.chain.slice(0, number + 1).map(({ batch }) => batch.hash);
  return true;
}

async function reverted(
  next: Step & { do: "revert" | "revertProven" },
  model: Model,
  batches: ReturnType<typeof createBatchChain>,
): Promise<boolean> {
  const { contracts, accounts } = fixture;
  const last = Math.max(model.chain.length - 2 - next.back, 0);
  const entry = model.chain[last];
  if (entry === undefined) return false;
  const receipt =
    next.do === "revert"
      ? await tried(accounts.guardian, {
          ...contracts.rollup,
          functionName: "revertBatches",
          args: [BigInt(last + 1)],
        })
      : await tried(accounts.deployer, {
          ...contracts.rollup,
          functionName: "revertProvenBatches",
          args: [entry.batch.header, entry.batch.dataHash],
        });
  if (receipt === undefined) return false;
  if (next.do === "revert") expect(last).toBeGreaterThanOrEqual(model.proven);
  model.chain.length = last + 1;
  model.proven = Math.min(model.proven, last);
  batches.rewind(entry.batch);
  return true;
}

async function shown({ which: index, back }: Step & { do: "prove" }, model: Model): Promise<boolean> {
  const number = model.proven - back;
  const state = model.chain[number]?.state;
  const withdrawal = WITHDRAWALS[index];
  if (number < 1 || state === undefined || withdrawal === undefined) return false;
  const { outputRootProof, withdrawalProof } = states[state];
  const receipt = await tried(fixture.accounts.user, {
    ...fixture.contracts.portal,
    functionName: "proveWithdrawalTransaction",
    args: [withdrawal, BigInt(number - 1), outputRootProof, await withdrawalProof(withdrawal)],
  });
  return receipt !== undefined;
}

async function withdrawn(
  { do: kind, which: index }: Step & { do: "finalize" | "replay" },
  model: Model,
): Promise<boolean> {
  const withdrawal = WITHDRAWALS[index];
  if (withdrawal === undefined) return false;
  const functionName = kind === "finalize" ? "finalizeWithdrawalTransaction" : "replayWithdrawal";
  const call = { ...fixture.contracts.portal, functionName, args: [withdrawal] };
  const receipt = await tried(fixture.accounts.stranger, call);
  if (receipt === undefined) return false;
  expect(model.paid.has(index)).toBe(false);
  expect(model.failed.has(index)).toBe(kind === "replay");
  const failed = kind === "finalize" && receipt.logs.at(-1)?.data === numberToHex(0, { size: 32 });
  if (failed) model.failed.add(index);
  else {
    model.failed.delete(index);
    model.paid.set(index, withdrawal.value);
  }
  return true;
}

async function check(model: Model): Promise<void> {
  const { reader, contracts, deployment } = fixture;
  const rollup = (functionName: string, args: readonly unknown[] = []) =>
    reader.readContract({ ...contracts.rollup, functionName, args } as never) as Promise<unknown>;
  const [balance, received, committedNumber, provenNumber, finalNumber, hashes] = await Promise.all([
    reader.getBalance({ address: deployment.portal }),
    Promise.all(WITHDRAWALS.map(({ target }) => reader.getBalance({ address: target }))),
    rollup("lastCommittedBatch"),
    rollup("lastProvenBatch"),
    rollup("lastFinalizedBatch"),
    Promise.all(model.chain.map((_, number) => rollup("batchHash", [BigInt(number)]))),
  ]);
  const paid = [...model.paid.values()].reduce((sum, value) => sum + value, 0n);
  expect(paid).toBeLessThanOrEqual(model.deposited);
  expect(balance).toBe(model.deposited - paid);
  expect(received).toEqual(WITHDRAWALS.map((_, index) => model.paid.get(index) ?? 0n));

  expect(committedNumber).toBe(BigInt(model.chain.length - 1));
  expect(provenNumber).toBe(BigInt(model.proven));
  expect(finalNumber).toBe(BigInt(Math.max(model.final.length - 1, 0)));
  expect(hashes).toEqual(model.chain.map(({ batch }) => batch.hash));
  for (const [number, { batch }] of model.chain.entries()) {
    const before = model.chain[number - 1]?.batch;
    if (before === undefined) continue;
    expect(batch.header.previousHash).toBe(before.hash);
    expect(batch.header.firstBlock).toBe(before.header.lastBlock + 1n);
  }
  // What was final once stays.
  expect(hashes.slice(0, model.final.length)).toEqual(model.final);
}

/** Runs through everything, so that no property holds for want of anything happening. */
const FULL_COURSE: Step[] = [
  { do: "deposit", ether: 100 },
  { do: "force" },
  { do: "commit", state: 0, keep: 1, gap: false },
  { do: "proveBatch", ahead: false },
  { do: "prove", which: 0, back: 0 },
  { do: "prove", which: 3, back: 0 },
  { do: "wait", seconds: 3_600 },
  { do: "finalize", which: 0 },
  { do: "finalize", which: 0 },
  { do: "wait", seconds: 90_000 },
  { do: "wait", seconds: 90_000 },
  { do: "finalize", which: 3 },
  { do: "deposit", ether: 200 },
  { do: "wait", seconds: 90_000 },
  { do: "replay", which: 3 },
  { do: "replay", which: 3 },
  { do: "finalizeBatch", number: 1 },
  { do: "mine", blocks: 60 },
  { do: "commit", state: 1, keep: 2, gap: false },
  { do: "commit", state: 1, keep: 0, gap: false },
  { do: "commit", state: 0, keep: 0, gap: true },
  { do: "revert", back: 0 },
  { do: "commit", state: 1, keep: 0, gap: false },
  { do: "proveBatch", ahead: false },
  { do: "revertProven", back: 0 },
  { do: "pauseFinality" },
  { do: "revertProven", back: 1 },
];

test("the invariants hold over the course of everything", async () => {
  const snapshot = await fixture.control.snapshot();
  const { successes, paid } = await run(FULL_COURSE);
  expect(Object.fromEntries(successes)).toEqual({
    deposit: 2,
    force: 1,
    commit: 3,
    proveBatch: 2,
    prove: 2,
    wait: 4,
    finalize: 2,
    replay: 1,
    finalizeBatch: 1,
    mine: 1,
    revert: 1,
    revertProven: 1,
    pauseFinality: 1,
  });
  expect([...paid.values()].reduce((sum, value) => sum + value, 0n)).toBe(251n * ETHER);
  await fixture.control.revert({ id: snapshot });
});

test("the invariants hold over random courses", async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
    const snapshot = await fixture.control.snapshot();
    try {
      await run(steps);
    } finally {
      await fixture.control.revert({ id: snapshot });
    }
  });
  await fc.assert(property, { numRuns: 6, endOnFailure: true });
}, 120_000);
