import { expect, test } from "vitest";
import { OracleChain } from "../../test/support/oracle.ts";
import {
  blockInput,
  CHAIN_ID,
  genesisAccounts,
  type TransactionSpec,
} from "../../test/support/randomBlocks.ts";
import { braidRules } from "./chainRules.ts";
import type { LaneTask } from "./laneMessages.ts";
import { LaneVm } from "./laneVm.ts";
import type { DoneOutcome } from "./outcome.ts";
import { runLane } from "./runLane.ts";
import { StateOverlay } from "./stateOverlay.ts";

/** What the slot holds before, in genesisAccounts(). */
const GENESIS = 7;
const add: TransactionSpec = {
  ...{ sender: 0, type: 2, to: { kind: "contract", index: 0 }, value: 0n, gasLimit: 500_000n, tip: 1n },
  steps: [{ command: "add", a: 1n, b: 1n }],
  ...{ nonceOffset: 0n, list: "none", authority: 0, delegate: { kind: "fee" }, authorizationNonceOffset: 0n },
};

/** Two calls of one sender that each add 1 to a slot; the coordinator has taken the first back. What the second did. */
async function second(builtOn: boolean): Promise<DoneOutcome> {
  const { transactions, ...environment } = blockInput({
    ...{ fee: { kind: "fee" }, gasLimit: 120_000_000n, transactions: [add, add] },
  });
  const vm = await LaneVm.create(braidRules(CHAIN_ID));
  vm.enterBlock(environment);
  const overlay = new StateOverlay(new OracleChain(genesisAccounts()).state);
  const tasks = transactions.map(
    (transaction): LaneTask => ({ transaction, assumeNonce: false, rehearsal: false, builtOn }),
  );
  const outcomes = [];
  for await (const outcome of runLane(vm, environment, overlay, tasks, (task) => task !== 0))
    outcomes.push(outcome);
  const [only] = outcomes;
  if (only?.kind !== "done" || outcomes.length !== 1) return expect.unreachable();
  return only;
}

const written = ({ writes }: DoneOutcome) =>
  writes.accounts.flatMap(({ slots }) => slots.map(({ value }) => [...value]));

test("a task that was taken back is run all the same when a later one builds on it, and answers nothing", async () => {
  expect(written(await second(true))).toEqual([[GENESIS + 2]]);
});

test("one that nobody builds on is passed over, and its sender's next runs as if it had been run", async () => {
  expect(written(await second(false))).toEqual([[GENESIS + 1]]);
});
