import { beforeAll, expect, test } from "vitest";
import { bigIntToBytes } from "../../protocol/index.ts";
import { InProcessLanes } from "../../test/support/inProcessLanes.ts";
import { MemoryState } from "../../test/support/memoryState.ts";
import { blockInput, CHAIN_ID, genesisAccounts } from "../../test/support/randomBlocks.ts";
import { braidRules } from "./chainRules.ts";
import { type Engine, executeTransactions } from "./executeTransactions.ts";
import type { LaneCarrier } from "./laneCarrier.ts";
import { LaneVm } from "./laneVm.ts";
import type { Outcome } from "./outcome.ts";
import { noKnowledge, planOf } from "./plan.ts";
import { runShadow } from "./shadow.ts";

let coordinator: LaneVm;
let honest: InProcessLanes;
const state = new MemoryState(genesisAccounts());

beforeAll(async () => {
  coordinator = await LaneVm.create(braidRules(CHAIN_ID));
  honest = new InProcessLanes(await InProcessLanes.createVms(braidRules(CHAIN_ID), 1), state);
});

/** Lanes whose outcomes are changed on the way, as faulty memory or a faulty engine would. */
function tampered(change: (outcome: Outcome) => Outcome): LaneCarrier {
  return {
    readyLanes: () => 1,
    startLanes: (environment, lanes) =>
      honest.startLanes(environment, lanes).map((run) => ({
        ...run,
        next: async () => {
          const outcome = await run.next();
          return outcome === undefined ? undefined : change(outcome);
        },
      })),
  };
}

async function shadow(carrier: LaneCarrier) {
  const { transactions, ...environment } = blockInput({
    fee: { kind: "fee" },
    gasLimit: 120_000_000n,
    transactions: [0, 1].map((sender) => ({
      sender,
      type: 2,
      to: { kind: "contract", index: sender },
      value: 0n,
      steps: [{ command: "store", a: 1n, b: 9n }],
      gasLimit: 500_000n,
      tip: 1n,
      nonceOffset: 0n,
      list: "none",
      authority: 0,
      delegate: { kind: "fee" },
      authorizationNonceOffset: 0n,
    })),
  });
  const engine: Engine = {
    vm: coordinator,
    carrier,
    knowledge: noKnowledge(),
    plan: () => planOf([1, 0]),
  };
  const inLanes = await executeTransactions(engine, state, environment, transactions);
  const shadowed = await runShadow(engine, state, environment, transactions, inLanes);
  return { ...shadowed, inLanes };
}

test("lanes that do right are found to do right", async () => {
  const { difference, ran, inLanes } = await shadow(honest);
  expect(difference).toBeUndefined();
  expect(ran).toBe(inLanes);
});

test.each([
  [
    "state after the block",
    (outcome: Outcome): Outcome => {
      if (outcome.kind === "invalid") return outcome;
      const [first, ...rest] = outcome.writes.accounts;
      if (first === undefined) return outcome;
      const richer = { ...first, balanceDelta: first.balanceDelta + 1n };
      return { ...outcome, writes: { ...outcome.writes, accounts: [richer, ...rest] } };
    },
  ],
  [
    "receipt of transaction 0",
    (outcome: Outcome): Outcome => (outcome.kind === "done" ? { ...outcome, status: 0 } : outcome),
  ],
  [
    "left-out transactions",
    ({ reads }: Outcome): Outcome => ({ kind: "invalid", reason: "no", retryable: false, reads }),
  ],
])("a lane that gives another %s is overruled", async (what, change) => {
  const { difference, ran } = await shadow(tampered(change));
  expect(difference).toBe(what);
  expect(ran.assembly.receipts.map(({ status }) => status)).toEqual([1, 1]);
  const stored = ran.assembly.overlay.diff().accounts.flatMap(({ storage }) => storage);
  expect(stored.filter(({ value }) => value[0] === Number(bigIntToBytes(9n)[0]))).toHaveLength(2);
});
