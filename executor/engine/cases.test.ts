import { beforeAll, describe, expect, test } from "vitest";
import { bytesToBigInt, bytesToHex } from "../../protocol/index.ts";
import type { HostileStep } from "../../test/support/contracts/hostile.ts";
import { InProcessLanes } from "../../test/support/inProcessLanes.ts";
import { expectSameRun, expectStockRun, OracleChain, type OracleRun } from "../../test/support/oracle.ts";
import {
  type BlockSpec,
  blockInput,
  CHAIN_ID,
  genesisAccounts,
  type TransactionSpec,
  targetAddress,
} from "../../test/support/randomBlocks.ts";
import { braidRules } from "./chainRules.ts";
import { LaneVm } from "./laneVm.ts";

type Target = NonNullable<TransactionSpec["to"]>;

const actor = (index: number): Target => ({ kind: "actor", index });
const contract = (index: number): Target => ({ kind: "contract", index });
/** CREATE2 by contract 0 with salt 1: a copy of the contract. */
const CHILD: Target = { kind: "child", index: 0 };
/** The same with initcode that destroys itself in favour of the fee recipient. */
const FEE: Target = { kind: "fee" };
const at = (target: Target) => bytesToBigInt(targetAddress(target));
const step = (command: HostileStep["command"], a = 0n, b = 0n): HostileStep => ({ command, a, b });

let coordinator: LaneVm;
let vms: LaneVm[];

beforeAll(async () => {
  coordinator = await LaneVm.create(braidRules(CHAIN_ID));
  vms = await InProcessLanes.createVms(braidRules(CHAIN_ID), 4);
});

function transaction(sender: number, to: Target, fields: Partial<TransactionSpec> = {}): TransactionSpec {
  return {
    sender,
    type: 2,
    to,
    value: 0n,
    steps: [],
    gasLimit: 2_000_000n,
    tip: 3n,
    nonceOffset: 0n,
    // A list that names nothing that matters hides every conflict from the plan.
    list: "random",
    authority: 0,
    delegate: FEE,
    authorizationNonceOffset: 0n,
    ...fields,
  };
}

const call = (sender: number, index: number, ...steps: HostileStep[]) =>
  transaction(sender, contract(index), { steps });

/** Runs the block inline, in four lanes and on EthereumJS; all must agree. */
async function run(transactions: TransactionSpec[], fee: Target = FEE): Promise<OracleRun> {
  const spec: BlockSpec = { fee, gasLimit: 120_000_000n, transactions };
  const chain = new OracleChain(genesisAccounts());
  const input = blockInput(spec);
  const inline = await chain.run(input, coordinator, []);
  expectSameRun(await chain.run(input, coordinator, vms), inline);
  expectSameRun(await chain.run(input, coordinator, vms, (index) => 1 + (index % vms.length)), inline);
  // Three of four lanes are never run: theirs fall to the coordinator.
  expectSameRun(await chain.run(input, coordinator, vms.slice(0, 1), (index) => 1 + (index % 4)), inline);
  await expectStockRun(inline, CHAIN_ID, chain.genesis, input);
  return inline;
}

function accountAfter(run: OracleRun, target: Target) {
  const address = bytesToHex(targetAddress(target));
  return run.stateDiff.accounts.find((change) => bytesToHex(change.address) === address);
}

const statuses = (run: OracleRun) => run.block.receipts.map(({ status }) => status);
const createChild = step("copySalted", 1n, 0n);
const destroyChild = [step("call", at(CHILD)), step("destroy", at(actor(1)))];

describe("cases that broke real engines", () => {
  test("the fee account is created and destroys itself in one transaction: its tip is burned", async () => {
    const result = await run(
      [call(0, 0, createChild, ...destroyChild), call(1, 1, step("store", 1n, 2n))],
      CHILD,
    );
    expect(statuses(result)).toEqual([1, 1]);
    const { header, receipts } = result.block;
    expect(accountAfter(result, CHILD)?.account?.balance).toBe(
      3n * (receipts[1]?.gasUsed ?? 0n) + header.baseFeePerGas * header.gasUsed,
    );
  });

  test("an account destroyed in the block comes back by a transfer", async () => {
    const result = await run([
      call(0, 0, createChild, ...destroyChild),
      transaction(1, CHILD, { value: 5n }),
      call(2, 2, step("balance", 1n, at(CHILD)), step("codeHash", 2n, at(CHILD))),
    ]);
    expect(accountAfter(result, CHILD)?.account?.balance).toBe(5n);
  });

  test("destroyed and created again at one address: the old slots read zero", async () => {
    const fill = [step("call", at(CHILD)), step("store", 2n, 2n)];
    const result = await run([
      call(0, 0, createChild, ...fill),
      call(1, 0, step("call", at(CHILD)), step("add", 2n, 1n)),
      call(2, 0, step("call", at(CHILD)), step("destroy", at(actor(1)))),
      call(3, 0, createChild, step("call", at(CHILD)), step("add", 2n, 1n)),
    ]);
    expect(statuses(result)).toEqual([1, 1, 1, 1]);
    const within = await run([call(0, 0, createChild, ...destroyChild), call(1, 0, createChild)]);
    expect(accountAfter(within, CHILD)?.account?.nonce).toBe(1n);
  });

  test("a zero-value call to a destroyed address leaves no account", async () => {
    const result = await run([
      call(0, 0, createChild, ...destroyChild),
      call(1, 1, step("send", at(CHILD), 0n)),
      transaction(2, CHILD),
    ]);
    expect(accountAfter(result, CHILD)).toBeUndefined();
  });

  test("EIP-7702 self-sponsored: the nonce moves twice", async () => {
    const result = await run([
      transaction(0, actor(0), {
        type: 4,
        authority: 0,
        delegate: contract(0),
        steps: [step("store", 1n, 5n)],
      }),
      transaction(0, actor(2), { value: 1n }),
    ]);
    expect(accountAfter(result, actor(0))?.account?.nonce).toBe(3n);
    expect(accountAfter(result, actor(0))?.storage).toHaveLength(1);
  });

  test("EIP-7702 delegates again an account that has storage, then ends the delegation's code", async () => {
    const authority = 3;
    const delegate = (sender: number, to: Target) =>
      transaction(sender, actor(authority), {
        type: 4,
        authority,
        delegate: to,
        steps: [step("add", 1n, 1n)],
      });
    const result = await run([delegate(0, contract(0)), delegate(1, contract(1)), delegate(2, actor(6))]);
    expect(statuses(result)).toEqual([1, 1, 1]);
    expect(accountAfter(result, actor(authority))?.storage[0]?.value).toEqual(Uint8Array.of(2));
  });

  test("no tip does not create an empty fee account; the base fees come when the block ends", async () => {
    const result = await run([
      transaction(0, actor(1), { value: 1n, tip: 0n }),
      transaction(1, contract(0), {
        tip: 0n,
        steps: [step("store", 1n, 2n), step("codeHash", 2n, at(FEE))],
      }),
    ]);
    expect(statuses(result)).toEqual([1, 1]);
    const { header } = result.block;
    expect(accountAfter(result, FEE)?.account?.balance).toBe(header.baseFeePerGas * header.gasUsed);
    // An account that is not there has no code hash, so the slot stayed as it was.
    expect(accountAfter(result, contract(0))?.storage.map(({ value }) => bytesToHex(value))).toEqual([
      "0x02",
    ]);
  });

  test("a failed transaction leaves nothing in the VM that the next one sees", async () => {
    const result = await run([
      transaction(0, contract(0), {
        gasLimit: 60_000n,
        steps: [step("store", 5n, 1n), step("store", 6n, 1n), createChild],
      }),
      call(0, 0, step("transient", 1n, 1n), step("store", 5n, 1n), step("revert")),
      call(0, 0, step("transient", 1n, 1n), step("add", 5n, 1n)),
    ]);
    expect(statuses(result)).toEqual([0, 0, 1]);
  });

  test("a read in a frame that reverts counts", async () => {
    const result = await run([
      call(0, 0, step("store", 3n, 9n)),
      // Contract 1 calls contract 0, which burns gas by what slot 3 holds and reverts; gas left decides slot 7.
      call(1, 1, step("call", at(contract(0))), step("add", 3n, 1n), step("revert")),
      call(
        2,
        1,
        step("call", at(contract(1))),
        step("call", at(contract(0))),
        step("add", 3n, 1n),
        step("revert"),
      ),
    ]);
    expect(statuses(result)).toEqual([1, 1, 1]);
  });

  test("lanes that count in one slot", async () => {
    const result = await run([0, 1, 2, 3, 4].map((sender) => call(sender, 0, step("add", 2n, 1n))));
    expect(accountAfter(result, contract(0))?.storage[0]?.value).toEqual(Uint8Array.of(5));
  });

  test("whoever looks at the fee account sees all fees so far", async () => {
    const result = await run([
      transaction(0, actor(1), { value: 1n }),
      call(2, 0, step("feeBalance", 4n)),
      call(3, 1, step("store", 1n, 1n)),
      call(4, 2, step("feeBalance", 4n)),
    ]);
    const [first, second, third] = result.block.receipts.map(({ gasUsed }) => gasUsed * 3n);
    const seen = (index: number) =>
      accountAfter(result, contract(index))?.storage.at(-1)?.value ?? new Uint8Array(0);
    expect(bytesToBigInt(seen(0))).toBe(first);
    expect(bytesToBigInt(seen(2))).toBe((first ?? 0n) + (second ?? 0n) + (third ?? 0n));
  });

  test("the fee account sends, and is sent to", async () => {
    const result = await run(
      [
        transaction(0, actor(1), { value: 7n }),
        transaction(1, actor(2), { value: 10n ** 19n - 10n ** 12n }),
        transaction(1, actor(3), { value: 1n }),
        call(2, 0, step("send", at(actor(1)), 1n), step("feeBalance", 1n)),
      ],
      actor(1),
    );
    expect(result.skipped).toEqual([]);
  });

  test("bad transactions are left out with geth's words, followers stay", async () => {
    const result = await run([
      transaction(0, actor(1), { nonceOffset: 1n }),
      transaction(0, actor(1), { value: 10n ** 20n }),
      transaction(2, actor(1), { gasLimit: 60_000n }),
      transaction(2, actor(1), { nonceOffset: -1n, gasLimit: 60_000n }),
    ]);
    expect(result.skipped.map(({ index, retryable }) => ({ index, retryable }))).toEqual([
      { index: 0, retryable: true },
      { index: 1, retryable: false },
      { index: 3, retryable: false },
    ]);
    expect(result.skipped.map(({ reason }) => reason.split(":")[0])).toEqual([
      "nonce too high",
      "insufficient funds for gas * price + value",
      "nonce too low",
    ]);
  });
});
