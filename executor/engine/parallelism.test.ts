import { beforeAll, expect, test } from "vitest";
import { MemoryState } from "../../test/support/memoryState.ts";
import {
  blockInput,
  CHAIN_ID,
  CONTRACTS,
  genesisAccounts,
  type TransactionSpec,
} from "../../test/support/randomBlocks.ts";
import { braidRules } from "./chainRules.ts";
import { executeTransactions } from "./executeTransactions.ts";
import { keyOf } from "./keys.ts";
import { LaneVm } from "./laneVm.ts";
import { describeParallelism, type Parallelism } from "./parallelism.ts";
import { noKnowledge, planOf } from "./plan.ts";

let vm: LaneVm;

beforeAll(async () => {
  vm = await LaneVm.create(braidRules(CHAIN_ID));
});

function call(sender: number, contract: number, fields: Partial<TransactionSpec>): TransactionSpec {
  return {
    sender,
    type: 2,
    to: { kind: "contract", index: contract },
    value: 0n,
    steps: [],
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

const add = (slot: bigint): Partial<TransactionSpec> => ({ steps: [{ command: "add", a: slot, b: 1n }] });

async function describe(specs: TransactionSpec[]): Promise<Parallelism & { gas: bigint[] }> {
  const { transactions, ...environment } = blockInput({
    fee: { kind: "fee" },
    gasLimit: 120_000_000n,
    transactions: specs,
  });
  const engine = {
    vm,
    carrier: undefined,
    knowledge: noKnowledge(),
    plan: () => planOf(specs.map(() => 0)),
  };
  const ran = await executeTransactions(
    engine,
    new MemoryState(genesisAccounts()),
    environment,
    transactions,
  );
  const gas = ran.assembly.receipts.map(({ gasUsed }) => gasUsed);
  return { ...describeParallelism(ran, keyOf(environment.coinbase)), gas };
}

const sum = (values: bigint[]) => values.reduce((total, value) => total + value, 0n);
const most = (values: bigint[]) => values.reduce((a, b) => (a > b ? a : b), 0n);

test("transactions that need nothing of each other have the longest as critical path", async () => {
  const { criticalPathGas, contended, gas } = await describe([
    call(0, 0, add(1n)),
    call(1, 1, add(1n)),
    call(2, 2, add(1n)),
  ]);
  expect(criticalPathGas).toBe(most(gas));
  expect(contended).toEqual([]);
});

test("transactions that count in one slot are one chain, and the slot is the contended one", async () => {
  const { criticalPathGas, contended, gas } = await describe([
    call(0, 0, add(2n)),
    call(1, 0, add(2n)),
    call(2, 0, add(2n)),
    call(3, 1, add(1n)),
  ]);
  expect(criticalPathGas).toBe(sum(gas.slice(0, 3)));
  expect(contended).toEqual([
    {
      location: { address: CONTRACTS[0], field: "storage", slot: new Uint8Array(32).fill(2, 31) },
      transactions: 3,
      writers: 3,
      reExecuted: 0,
    },
  ]);
});

test("a sender's transactions follow one another, payments to one account do not", async () => {
  const pay = (sender: number): TransactionSpec =>
    call(sender, 0, { to: { kind: "fresh", index: 0 }, value: 1n });
  const payments = await describe([pay(0), pay(1), pay(2)]);
  expect(payments.criticalPathGas).toBe(21_000n);
  expect(payments.transactions.map(({ touched }) => touched)).toEqual([[], [], []]);
  expect((await describe([pay(0), pay(0), pay(1)])).criticalPathGas).toBe(42_000n);
});

test("who looks at a balance comes after all who moved it", async () => {
  const look = call(3, 1, {
    steps: [{ command: "balance", a: 1n, b: BigInt(`0x${Buffer.from(CONTRACTS[0] ?? []).toString("hex")}`) }],
  });
  const send = (sender: number) => call(sender, 0, { value: 1n });
  const { criticalPathGas, gas } = await describe([send(0), send(1), look]);
  expect(criticalPathGas).toBe(most(gas.slice(0, 2)) + (gas[2] ?? 0n));
});

test("declared lists are compared with what was touched", async () => {
  const steps: TransactionSpec["steps"] = [
    { command: "store", a: 1n, b: 2n },
    { command: "store", a: 2n, b: 2n },
  ];
  const verdict = async (list: TransactionSpec["list"]) =>
    (await describe([call(0, 0, { list, steps })])).transactions[0]?.declared;
  expect(await verdict("none")).toBe("absent");
  expect(await verdict("exact")).toBe("exact");
  expect(await verdict("thinned")).toBe("too narrow");
  expect(await verdict("random")).toBe("wide and narrow");
  expect(await verdict("widened")).toBe("too wide");
  const wide = call(0, 0, { list: "exact", steps: [{ command: "transient", a: 1n, b: 3n }] });
  expect((await describe([wide])).transactions[0]?.declared).toBe("too wide");
});
