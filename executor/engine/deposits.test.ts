import { beforeAll, describe, expect, test } from "vitest";
import {
  type BlockInput,
  bytesToBigInt,
  bytesToHex,
  contractAddress,
  depositTransaction,
  type GenesisAccount,
  keccak256,
} from "../../protocol/index.ts";
import { COPY_INITCODE, type HostileStep, hostileCalldata } from "../../test/support/contracts/hostile.ts";
import { InProcessLanes } from "../../test/support/inProcessLanes.ts";
import { expectSameRun, expectStockRun, OracleChain, type OracleRun } from "../../test/support/oracle.ts";
import {
  blockInput,
  CHAIN_ID,
  genesisAccounts,
  type TransactionSpec,
  targetAddress,
} from "../../test/support/randomBlocks.ts";
import { braidRules } from "./chainRules.ts";
import { executeTransactions } from "./executeTransactions.ts";
import { keyOf } from "./keys.ts";
import { LaneVm } from "./laneVm.ts";
import { noKnowledge, planBlock, planOf } from "./plan.ts";
import { StateOverlay } from "./stateOverlay.ts";

const ETHER = 10n ** 18n;
const ACTOR = targetAddress({ kind: "actor", index: 0 });
const OTHER = targetAddress({ kind: "actor", index: 1 });
const CONTRACT = targetAddress({ kind: "contract", index: 0 });
const FEE = targetAddress({ kind: "fee" });
/** Nobody's: what an L1 contract's deposit comes from. */
const ALIASED = new Uint8Array(20).fill(0x11);
const [ORIGIN, CALLER, GASPRICE, BASEFEE, CALLVALUE] = [0x32, 0x33, 0x3a, 0x48, 0x34];
const [PUSH1, SSTORE] = [0x60, 0x55];
/** slot 1 = ORIGIN, slot 2 = CALLER, slot 3 = GASPRICE, slot 4 = BASEFEE, slot 5 = CALLVALUE */
const CONTEXT_CODE = Uint8Array.from(
  [ORIGIN, CALLER, GASPRICE, BASEFEE, CALLVALUE].flatMap((opcode, i) => [opcode, PUSH1, i + 1, SSTORE]),
);
const CONTEXT = new Uint8Array(20).fill(0x77);

let coordinator: LaneVm;
let vms: LaneVm[];

beforeAll(async () => {
  coordinator = await LaneVm.create(braidRules(CHAIN_ID));
  vms = await InProcessLanes.createVms(braidRules(CHAIN_ID), 4);
});

interface Fields {
  from?: Uint8Array;
  to?: Uint8Array | undefined;
  mint?: bigint;
  value?: bigint;
  gasLimit?: bigint;
  data?: Uint8Array;
}

let made = 0;
const deposit = (fields: Fields) =>
  depositTransaction({
    sourceHash: keccak256(Uint8Array.of(made++)),
    from: fields.from ?? ALIASED,
    to: "to" in fields ? fields.to : OTHER,
    mint: fields.mint ?? 0n,
    value: fields.value ?? 0n,
    gasLimit: fields.gasLimit ?? 500_000n,
    data: fields.data ?? new Uint8Array(0),
  });

const calldata = (...steps: HostileStep[]) => hostileCalldata(steps);

const userCall = (sender: number, index: number, ...steps: HostileStep[]): TransactionSpec => ({
  sender,
  type: 2,
  to: { kind: "contract", index },
  value: 0n,
  steps,
  gasLimit: 500_000n,
  tip: 3n,
  nonceOffset: 0n,
  list: "random",
  authority: 0,
  delegate: { kind: "fee" },
  authorizationNonceOffset: 0n,
});

function genesis(): GenesisAccount[] {
  const context: GenesisAccount = {
    address: CONTEXT,
    nonce: 1n,
    balance: 0n,
    codeHash: keccak256(CONTEXT_CODE),
    code: CONTEXT_CODE,
    storage: [],
  };
  return [...genesisAccounts(), context];
}

function inputOf(deposits: BlockInput["transactions"], users: TransactionSpec[] = []): BlockInput {
  const input = blockInput({ fee: { kind: "fee" }, gasLimit: 120_000_000n, transactions: users });
  return { ...input, transactions: [...deposits, ...input.transactions] };
}

/** Inline, in lanes as planned and in lanes anyhow, and on EthereumJS with a deposit of its own; all must agree. */
async function run(deposits: BlockInput["transactions"], users: TransactionSpec[] = []): Promise<OracleRun> {
  const input = inputOf(deposits, users);
  const chain = new OracleChain(genesis());
  const inline = await chain.run(input, coordinator, []);
  for (const lanes of [1, 2, 3]) {
    expectSameRun(await chain.run(input, coordinator, vms.slice(0, lanes)), inline);
  }
  expectSameRun(await chain.run(input, coordinator, vms, (index) => 1 + (index % vms.length)), inline);
  await expectStockRun(inline, CHAIN_ID, chain.genesis, input);
  return inline;
}

function accountAfter(result: OracleRun, address: Uint8Array) {
  return result.stateDiff.accounts.find((change) => bytesToHex(change.address) === bytesToHex(address));
}

const outcomes = ({ block }: OracleRun) =>
  block.receipts.map(({ status, gasUsed, depositNonce }) => [status, gasUsed, depositNonce]);

describe("deposits", () => {
  test("mint to an account that was not there and move value on; nobody is paid a fee", async () => {
    const result = await run([deposit({ mint: 3n * ETHER, value: ETHER })]);
    expect(outcomes(result)).toEqual([[1, 21_000n, 0n]]);
    expect(accountAfter(result, ALIASED)?.account).toMatchObject({ nonce: 1n, balance: 2n * ETHER });
    expect(accountAfter(result, OTHER)?.account?.balance).toBe(11n * ETHER);
    expect(accountAfter(result, FEE)).toBeUndefined();
    expect(result.block.receipts[0]).toMatchObject({ type: 0x7e, effectiveGasPrice: 0n });
  });

  test("that cannot begin fail, keep their mint and use all their gas", async () => {
    const result = await run([
      deposit({ mint: 5n, value: 6n }),
      deposit({ mint: 7n, gasLimit: 20_999n }),
      deposit({ mint: 1n, gasLimit: 0n }),
      // Covers the calldata's price and not its floor (EIP-7623).
      deposit({ gasLimit: 21_500n, data: new Uint8Array(20).fill(1) }),
      deposit({ gasLimit: 2_000_000n, to: undefined, data: new Uint8Array(49_153) }),
    ]);
    expect(outcomes(result)).toEqual([
      [0, 500_000n, 0n],
      [0, 20_999n, 1n],
      [0, 0n, 2n],
      [0, 21_500n, 3n],
      [0, 2_000_000n, 4n],
    ]);
    expect(accountAfter(result, ALIASED)?.account).toMatchObject({ nonce: 5n, balance: 13n });
  });

  test("that revert keep mint and nonce, give their value back and pay for what they ran", async () => {
    const result = await run([
      deposit({
        to: CONTRACT,
        mint: ETHER,
        value: ETHER,
        data: calldata({ command: "store", a: 1n, b: 2n }, { command: "revert", a: 0n, b: 0n }),
      }),
      deposit({ to: CONTRACT, gasLimit: 30_000n, data: calldata({ command: "copy", a: 0n, b: 0n }) }),
    ]);
    const [reverted, exhausted] = result.block.receipts;
    expect(reverted?.status).toBe(0);
    expect(reverted?.gasUsed).toBeLessThan(500_000n);
    expect(exhausted).toMatchObject({ status: 0, gasUsed: 30_000n });
    expect(accountAfter(result, ALIASED)?.account).toMatchObject({ nonce: 2n, balance: ETHER });
    expect(accountAfter(result, CONTRACT)).toBeUndefined();
  });

  test("see their sender as origin and caller, a gas price of nothing and the block's base fee", async () => {
    const result = await run([deposit({ to: CONTEXT, mint: 9n, value: 9n })]);
    const seen = accountAfter(result, CONTEXT)?.storage.map(({ slot, value }) => [
      slot[31],
      bytesToBigInt(value),
    ]);
    expect(seen).toEqual([
      [1, bytesToBigInt(ALIASED)],
      [2, bytesToBigInt(ALIASED)],
      [4, 10n],
      [5, 9n],
    ]);
  });

  test("come from contracts too, whose code does not run", async () => {
    const result = await run([deposit({ from: CONTRACT, to: OTHER, mint: 10n, value: 12n })]);
    expect(outcomes(result)).toEqual([[1, 21_000n, 1n]]);
    expect(accountAfter(result, CONTRACT)?.account).toMatchObject({ nonce: 2n, balance: 3n });
  });

  test("create contracts at their sender's nonce, and name the address when they fail too", async () => {
    const create = { to: undefined, data: COPY_INITCODE };
    const result = await run([
      deposit(create),
      deposit({ ...create, value: 1n }),
      deposit({ ...create, from: ACTOR }),
    ]);
    expect(result.block.receipts.map((receipt) => receipt.contractAddress)).toEqual([
      contractAddress(ALIASED, 0n),
      contractAddress(ALIASED, 1n),
      contractAddress(ACTOR, 0n),
    ]);
    expect(result.block.receipts.map(({ status }) => status)).toEqual([1, 0, 1]);
    expect(accountAfter(result, contractAddress(ALIASED, 0n))?.account?.nonce).toBe(1n);
    expect(accountAfter(result, contractAddress(ALIASED, 1n))).toBeUndefined();
  });

  test("may ask for more gas than a user's transaction may (EIP-7825)", async () => {
    const result = await run([deposit({ gasLimit: 50_000_000n })]);
    expect(outcomes(result)).toEqual([[1, 21_000n, 0n]]);
  });

  test("move the nonce that a user's next transaction needs, on whatever lane that runs", async () => {
    const input = blockInput({
      fee: { kind: "fee" },
      gasLimit: 120_000_000n,
      deposits: [0, 1].map(() => ({
        from: { kind: "actor", index: 0 },
        to: { kind: "contract", index: 0 },
        initcode: "copy",
        mint: 0n,
        value: 0n,
        steps: [{ command: "add", a: 1n, b: 1n }],
        gasLimit: 500_000n,
      })),
      transactions: [userCall(0, 1, { command: "add", a: 1n, b: 1n })],
    });
    const chain = new OracleChain(genesisAccounts());
    const inline = await chain.run(input, coordinator, []);
    expect(inline.skipped).toEqual([]);
    expect(inline.block.receipts.map((receipt) => receipt.depositNonce)).toEqual([0n, 1n, undefined]);
    expectSameRun(await chain.run(input, coordinator, vms, (index) => 1 + index), inline);
    await expectStockRun(inline, CHAIN_ID, chain.genesis, input);
  });

  test("mints commute: nobody who is only paid runs again, whoever looks does", async () => {
    const payments = Array.from({ length: 4 }, (_, i) =>
      deposit({ from: new Uint8Array(20).fill(0x20 + i), to: OTHER, mint: ETHER, value: 1n }),
    );
    const input = inputOf(payments);
    const chain = new OracleChain(genesis());
    const apart = await chain.run(input, coordinator, vms, (index) => 1 + index);
    expect(apart.reExecuted).toBe(0);
    const looking = deposit({
      to: CONTRACT,
      data: calldata({ command: "balance", a: 1n, b: bytesToBigInt(OTHER) }),
    });
    const looked = await chain.run(
      inputOf([...payments, looking]),
      coordinator,
      vms,
      (index) => 1 + (index % 4),
    );
    expect(looked.reExecuted).toBeGreaterThan(0);
    expect(bytesToBigInt(accountAfter(looked, CONTRACT)?.storage[0]?.value ?? new Uint8Array(0))).toBe(
      10n * ETHER + 4n,
    );
  });
});

describe("a block with deposits", () => {
  const engineOf = () => ({
    vm: coordinator,
    carrier: undefined,
    knowledge: noKnowledge(),
    plan: (candidates: unknown[]) => planOf(candidates.map(() => 0)),
  });
  const execute = ({ transactions, ...environment }: BlockInput) =>
    executeTransactions(engineOf(), new OracleChain(genesis()).state, environment, transactions);

  test("is refused where a deposit stands behind a user's transaction", async () => {
    const { transactions, ...rest } = inputOf([deposit({})], [userCall(0, 0)]);
    await expect(execute({ ...rest, transactions: [...transactions].reverse() })).rejects.toMatchObject({
      code: "EXECUTOR_DEPOSIT_ORDER",
    });
  });

  test("is refused where it has no room for a deposit: none is left out", async () => {
    const input = inputOf([deposit({ gasLimit: 0n }), deposit({ gasLimit: 120_000_001n })]);
    await expect(execute(input)).rejects.toMatchObject({ code: "EXECUTOR_DEPOSIT_TOO_LARGE" });
  });

  test("lists their accesses (EIP-7928), and the fee recipient only where somebody pays", async () => {
    const { assembly } = await execute(inputOf([deposit({ mint: 4n, value: 3n }), deposit({ value: 9n })]));
    const list = new Map(assembly.accessList.build().map((entry) => [bytesToHex(entry.address), entry]));
    expect(list.has(bytesToHex(FEE))).toBe(false);
    expect(list.get(bytesToHex(ALIASED))).toMatchObject({
      balanceChanges: [{ index: 1, balance: 1n }],
      nonceChanges: [
        { index: 1, nonce: 1n },
        { index: 2, nonce: 2n },
      ],
    });
    expect(list.get(bytesToHex(OTHER))?.balanceChanges).toEqual([{ index: 1, balance: 10n * ETHER + 3n }]);
    const paid = await execute(inputOf([deposit({})], [userCall(0, 0)]));
    const addresses = paid.assembly.accessList.build().map(({ address }) => bytesToHex(address));
    expect(addresses).toContain(bytesToHex(FEE));
  });

  test("is planned so that one sender's transactions wait for its deposits", () => {
    const { transactions } = inputOf(
      [deposit({ from: ACTOR, to: CONTRACT }), deposit({ from: ALIASED, to: CONTEXT })],
      [userCall(0, 1, { command: "log", a: 1n, b: 1n })],
    );
    const overlay = new StateOverlay(new OracleChain(genesis()).state);
    expect(overlay.account(keyOf(ACTOR))).toBeDefined();
    const plan = planBlock(transactions, overlay, noKnowledge(), { lanes: 3, inlineBelowMicros: 0 });
    expect(plan.laneOf[0]).toBe(plan.laneOf[2]);
    expect(plan.laneOf[1]).not.toBe(plan.laneOf[0]);
  });
});
