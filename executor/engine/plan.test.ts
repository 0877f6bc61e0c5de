import { expect, test } from "vitest";
import { MemoryState } from "../../test/support/memoryState.ts";
import { blockInput, genesisAccounts, type TransactionSpec } from "../../test/support/randomBlocks.ts";
import { noKnowledge, type Plan, planBlock } from "./plan.ts";
import { StateOverlay } from "./stateOverlay.ts";

type Target = NonNullable<TransactionSpec["to"]>;
const contract = (index: number): Target => ({ kind: "contract", index });

function call(sender: number, to: Target, fields: Partial<TransactionSpec> = {}): TransactionSpec {
  return {
    sender,
    type: 2,
    to,
    value: 0n,
    steps: [{ command: "add", a: BigInt(sender % 4), b: 1n }],
    gasLimit: 500_000n,
    tip: 1n,
    nonceOffset: 0n,
    list: "none",
    authority: 0,
    delegate: { kind: "fee" },
    authorizationNonceOffset: 0n,
    ...fields,
  };
}

function planned(transactions: TransactionSpec[], lanes = 2, inlineBelowMicros = 0): Plan {
  const input = blockInput({ fee: { kind: "fee" }, gasLimit: 120_000_000n, transactions });
  const overlay = new StateOverlay(new MemoryState(genesisAccounts()));
  const knowledge = noKnowledge();
  return planBlock(input.transactions, overlay, knowledge, { lanes, inlineBelowMicros });
}

const plan = (transactions: TransactionSpec[], lanes = 2, inlineBelowMicros = 0): number[] =>
  planned(transactions, lanes, inlineBelowMicros).laneOf;

test("calls of different contracts go to different lanes, of one contract to one lane", () => {
  const lanes = plan([call(0, contract(0)), call(1, contract(1)), call(2, contract(0))]);
  expect(lanes[0]).toBe(lanes[2]);
  expect(lanes[0]).not.toBe(lanes[1]);
});

test("declared slots of one contract that do not meet run apart, whatever value is sent", () => {
  const slot = (a: bigint): Partial<TransactionSpec> => ({
    list: "exact",
    value: 1n,
    steps: [{ command: "store", a, b: a }],
  });
  expect(new Set(plan([call(0, contract(0), slot(1n)), call(1, contract(0), slot(2n))])).size).toBe(2);
  expect(new Set(plan([call(0, contract(0), slot(1n)), call(1, contract(0), slot(1n))])).size).toBe(1);
});

test("a call that declares nothing does not hold back those that declare", () => {
  const declared = (sender: number, a: bigint) =>
    call(sender, contract(0), { list: "exact", steps: [{ command: "store", a, b: a }] });
  const lanes = plan([declared(0, 1n), call(1, contract(0)), declared(2, 2n), call(3, contract(0))], 4);
  expect(new Set([lanes[0], lanes[1], lanes[2]]).size).toBe(3);
  expect(lanes[3]).toBe(lanes[1]);
});

test("a sender whose calls are known apart is spread, its later nonces assumed", () => {
  const declared = (a: bigint) =>
    call(0, contract(0), { list: "exact", steps: [{ command: "store", a, b: a }] });
  const { laneOf, assumesNonce } = planned([
    declared(1n),
    declared(2n),
    call(0, { kind: "actor", index: 3 }),
  ]);
  expect(new Set([laneOf[0], laneOf[1]]).size).toBe(2);
  const elsewhere = laneOf[1] ?? 0;
  expect(elsewhere === 0 ? laneOf[0] !== 0 : assumesNonce[elsewhere]?.has(1)).toBe(true);
  expect(laneOf[2]).toBe(0);
});

test("a sender's calls of which nothing is known stay together", () => {
  const lanes = plan([call(0, contract(0)), call(1, contract(1)), call(0, contract(2))]);
  expect(lanes[2]).toBe(lanes[0]);
  expect(lanes[1]).not.toBe(lanes[0]);
});

test("mere transfers and small blocks stay with the coordinator", () => {
  expect(plan([call(0, { kind: "actor", index: 1 }), call(2, { kind: "actor", index: 3 })])).toEqual([0, 0]);
  expect(plan([call(0, contract(0)), call(1, contract(1))], 2, 1_000_000)).toEqual([0, 0]);
});

test("one chain of calls that cannot be cut is not given to a lane", () => {
  const chain = [0, 1, 2, 3, 4].map((sender) =>
    call(sender, contract(0), { list: "exact", steps: [{ command: "store", a: 1n, b: 1n }] }),
  );
  expect(plan(chain, 4, 1)).toEqual([0, 0, 0, 0, 0]);
});

test("an authority's delegation and its own transaction share a lane", () => {
  const lanes = plan([
    call(0, contract(0), { type: 4, authority: 2 }),
    call(2, contract(1)),
    call(3, contract(2)),
  ]);
  expect(lanes[0]).toBe(lanes[1]);
  expect(lanes[2]).not.toBe(lanes[0]);
});
