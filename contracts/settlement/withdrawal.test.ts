import { type Address, concat, defineChain, encodeFunctionData, type Hex, keccak256, zeroHash } from "viem";
import { foundry } from "viem/chains";
import {
  buildProveWithdrawal,
  finalizeWithdrawal,
  getL2Output,
  getTimeToFinalize,
  getTimeToProve,
  getWithdrawalStatus,
  proveWithdrawal,
} from "viem/op-stack";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { testTargetArtifact } from "../artifacts/testTarget.ts";
import { createL2State, type L2State, l2ClientOf, type Withdrawal, withdrawalOf } from "./l2State.ts";
import { type Call, createFixture, ETHER, type Fixture, PAUSE, SETTINGS, word } from "./settlementFixture.ts";
import { createWithdrawalFlow, type WithdrawalFlow } from "./withdrawalFlow.ts";

const L2_SENDER = "0x00000000000000000000000000000000000000aa";
const RECIPIENT: Address = "0x1000000000000000000000000000000000000001";
const PERIOD = SETTINGS.finalizationPeriodSeconds;

let stack: TestStack;
let fixture: Fixture;
let flow: WithdrawalFlow;
let batches: WithdrawalFlow["batches"];
let target: Address;
let snapshot: Hex;

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  fixture = await createFixture(stack.l1Url, DEV_MNEMONIC);
  target = await fixture.deployTarget();
  const { accounts, sends, deployment, contracts } = fixture;
  await sends(accounts.user, targetCall("setPortal", [deployment.portal]));
  await sends(accounts.user, { ...contracts.portal, functionName: "donateETH", value: 500n * ETHER });
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  snapshot = await fixture.control.snapshot();
  flow = createWithdrawalFlow(fixture);
  batches = flow.batches;
});
afterEach(async () => {
  vi.useRealTimers();
  await fixture.control.revert({ id: snapshot });
});

const targetCall = (functionName: string, args: readonly unknown[] = []): Call => ({
  address: target,
  abi: testTargetArtifact.abi,
  functionName,
  args,
});
const message = () => encodeFunctionData({ abi: testTargetArtifact.abi, functionName: "receiveMessage" });
const toTarget = (change: Partial<Withdrawal> = {}) =>
  withdrawalOf({ target, value: ETHER, data: message(), gasLimit: 500_000n, ...change });

const portalCall = (functionName: string, args: readonly unknown[]) => flow.portalCall(functionName, args);
const provenState = (...withdrawals: Withdrawal[]) => flow.provenState(...withdrawals);
const proveArgs = (state: L2State, withdrawal: Withdrawal, index?: bigint) =>
  flow.proveArgs(state, withdrawal, index);
const proves = (state: L2State, withdrawal: Withdrawal, index?: bigint) =>
  flow.proves(state, withdrawal, index);
const refusesProof = (args: readonly unknown[]) => flow.refusesProof(args);
const finalizes = (withdrawal: Withdrawal) => flow.finalizes(withdrawal);
const refusesFinalization = (withdrawal: Withdrawal) => flow.refusesFinalization(withdrawal);
const ready = (...withdrawals: Withdrawal[]) => flow.ready(...withdrawals);
const balanceOf = (address: Address) => fixture.reader.getBalance({ address });

test("viem's actions take a withdrawal from waiting-to-prove to finalized", async () => {
  const { reader, deployment, accounts } = fixture;
  const l2Chain = defineChain({
    ...foundry,
    id: 7357,
    contracts: {
      portal: { [foundry.id]: { address: deployment.portal } },
      l2OutputOracle: { [foundry.id]: { address: deployment.l2OutputOracle } },
    },
  });
  const targetChain = l2Chain as never;
  const withdrawal = withdrawalOf({ sender: L2_SENDER, target: RECIPIENT, value: 3n * ETHER });
  const asked = { l2BlockNumber: 4n, sender: withdrawal.sender, withdrawalHash: withdrawal.withdrawalHash };
  const status = () => getWithdrawalStatus(reader, { ...asked, targetChain });
  const clock = async () => {
    const { timestamp } = await reader.getBlock();
    vi.useFakeTimers({ toFake: ["Date"], now: Number(timestamp) * 1000 });
  };
  expect(await status()).toBe("waiting-to-prove");
  await clock();
  const receipt = { blockNumber: 4n } as never;
  // Before the first output too: `waitToProve` asks this first.
  const { seconds } = await getTimeToProve(reader, { receipt, targetChain });
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(14);
  const state = await createL2State([withdrawal]);
  const batch = await batches.commit(state.header);
  expect(await status()).toBe("waiting-to-prove");
  await batches.prove(batch);
  expect(await status()).toBe("ready-to-prove");
  await clock();
  expect((await getTimeToProve(reader, { receipt, targetChain })).seconds).toBe(0);

  const output = await getL2Output(reader, { l2BlockNumber: 4n, targetChain });
  expect(output).toMatchObject({ outputIndex: 0n, outputRoot: state.outputRoot, l2BlockNumber: 5n });
  const built = await buildProveWithdrawal(l2ClientOf(state, 5n), { output, withdrawal, chain: null });
  const proveHash = await proveWithdrawal(fixture.wallet, { ...built, account: accounts.user, targetChain });
  expect((await reader.waitForTransactionReceipt({ hash: proveHash })).status).toBe("success");
  await clock();
  expect(await status()).toBe("waiting-to-finalize");
  const { withdrawalHash } = withdrawal;
  expect(await getTimeToFinalize(reader, { withdrawalHash, targetChain })).toMatchObject({ period: PERIOD });
  await fixture.passes(PERIOD + 1);
  await clock();
  expect(await status()).toBe("ready-to-finalize");
  const hash = await finalizeWithdrawal(fixture.wallet, { account: accounts.user, withdrawal, targetChain });
  expect((await reader.waitForTransactionReceipt({ hash })).status).toBe("success");
  expect(await status()).toBe("finalized");
  expect(await balanceOf(RECIPIENT)).toBe(3n * ETHER);
});

test("the target sees who sent the withdrawal, only while it runs", async () => {
  const withdrawal = toTarget({ sender: L2_SENDER });
  await ready(withdrawal);
  await finalizes(withdrawal);
  const read = (functionName: string) =>
    fixture.reader.readContract(targetCall(functionName) as never) as Promise<unknown>;
  expect(String(await read("lastL2Sender")).toLowerCase()).toBe(L2_SENDER);
  expect(await read("received")).toBe(ETHER);
  expect(await read("lastGas")).toBeGreaterThanOrEqual(withdrawal.gasLimit);
  expect(await fixture.reader.readContract({ ...fixture.contracts.portal, functionName: "l2Sender" })).toBe(
    "0x000000000000000000000000000000000000dEaD",
  );
});

test("refuses proofs of anything that was not sent in a proven output", async () => {
  const withdrawal = toTarget();
  const state = await provenState(withdrawal);
  const [, , output, proof] = await proveArgs(state, withdrawal);
  const forged = toTarget({ value: 2n * ETHER });
  expect(await refusesProof([withdrawal, 1n, output, proof])).toBe("UnknownOutput(1,1)");
  const root = { ...state.outputRootProof, stateRoot: word("ee") };
  expect(await refusesProof([withdrawal, 0n, root, proof])).toMatch(/^UnexpectedOutputRoot/);
  const version = { ...state.outputRootProof, version: word("01") };
  expect(await refusesProof([withdrawal, 0n, version, proof])).toMatch(/^UnexpectedOutputRoot/);
  expect(await refusesProof([forged, 0n, output, proof])).toBe(
    `InvalidWithdrawalProof(${forged.withdrawalHash})`,
  );
  expect(await refusesProof([withdrawal, 0n, output, []])).toMatch(/^InvalidWithdrawalProof/);
  const nodes = proof as Hex[];
  expect(await refusesProof([withdrawal, 0n, output, nodes.slice(0, -1)])).toMatch(/^InvalidWithdrawalProof/);
  expect(await refusesProof([withdrawal, 0n, output, [...nodes, nodes[0]]])).toMatch(
    /^InvalidWithdrawalProof/,
  );
  const own = withdrawalOf({ target: fixture.deployment.portal });
  expect(await refusesProof([own, 0n, output, proof])).toBe(`BadTarget(${fixture.deployment.portal})`);
  await fixture.sends(fixture.accounts.guardian, portalCall("pause", [PAUSE.proveWithdrawal, 60n]));
  expect(await refusesProof([withdrawal, 0n, output, proof])).toMatch(/^PausedUntil\(4,/);
});

test("a second proof cannot restart the waiting time", async () => {
  const withdrawal = toTarget();
  const state = await provenState(withdrawal);
  await proves(state, withdrawal);
  await batches.prove(await batches.commit(state.header));
  const refused = `AlreadyProven(${withdrawal.withdrawalHash})`;
  expect(await refusesProof(await proveArgs(state, withdrawal))).toBe(refused);
  expect(await refusesProof(await proveArgs(state, withdrawal, 1n))).toBe(refused);
});

test("when its output is taken back, a withdrawal must be shown again", async () => {
  const { accounts, contracts, sends, passes } = fixture;
  const withdrawal = toTarget();
  const genesis = batches.last;
  const state = await ready(withdrawal);
  // Finality is paused, or it would be too late.
  await sends(accounts.guardian, {
    ...contracts.rollup,
    functionName: "pause",
    args: [PAUSE.finalize, 60n],
  });
  await sends(accounts.deployer, {
    ...contracts.rollup,
    functionName: "revertProvenBatches",
    args: [genesis.header, genesis.dataHash],
  });
  await passes(60);
  const changed = `OutputChanged(0,${state.outputRoot})`;
  expect(await refusesFinalization(withdrawal)).toBe(changed);
  batches.rewind(genesis);
  const other = await createL2State([withdrawal], 5);
  await batches.prove(await batches.commit(other.header));
  expect(await refusesFinalization(withdrawal)).toBe(changed);
  await proves(other, withdrawal);
  expect(await refusesFinalization(withdrawal)).toMatch(/^WithdrawalFinalizableAt/);
  await passes(PERIOD);
  await finalizes(withdrawal);
  expect(await balanceOf(target)).toBe(ETHER);
});

test("a node of a proof that is no list is refused, though its hash is right", async () => {
  const node: Hex = "0x01";
  const outputRootProof = {
    version: zeroHash,
    stateRoot: word("01"),
    messagePasserStorageRoot: keccak256(node),
    latestBlockhash: word("02"),
  };
  const { version, stateRoot, messagePasserStorageRoot, latestBlockhash } = outputRootProof;
  const outputRoot = keccak256(concat([version, stateRoot, messagePasserStorageRoot, latestBlockhash]));
  await batches.prove(await batches.commit({ outputRoot }));
  expect(await refusesProof([toTarget(), 0n, outputRootProof, [node]])).toBe("RLPInvalidEncoding()");
});

test("finalizes at the second that the window ends, not before, and once", async () => {
  const { reader, control } = fixture;
  const withdrawal = toTarget();
  expect(await refusesFinalization(withdrawal)).toBe(`NotProven(${withdrawal.withdrawalHash})`);
  const state = await provenState(withdrawal);
  const { blockNumber } = await proves(state, withdrawal);
  const provenAt = (await reader.getBlock({ blockNumber })).timestamp;
  const readyAt = provenAt + BigInt(PERIOD);
  await control.setNextBlockTimestamp({ timestamp: readyAt - 1n });
  await control.mine({ blocks: 1 });
  const call = flow.finalizeCall(withdrawal);
  const early = reader.call({
    to: call.address,
    data: encodeFunctionData({
      abi: fixture.contracts.portal.abi,
      functionName: "finalizeWithdrawalTransaction",
      args: [withdrawal],
    }),
    blockNumber: await reader.getBlockNumber(),
  });
  await expect(early).rejects.toThrow();
  await control.setNextBlockTimestamp({ timestamp: readyAt });
  await finalizes(withdrawal);
  expect((await reader.getBlock()).timestamp).toBe(readyAt);
  expect(await refusesFinalization(withdrawal)).toBe(`AlreadyFinalized(${withdrawal.withdrawalHash})`);
  expect(await refusesProof(await proveArgs(state, withdrawal))).toBe(
    `AlreadyProven(${withdrawal.withdrawalHash})`,
  );
});

test("pauses of withdrawals and of finality stop them, and end by themselves", async () => {
  const { accounts, sends, contracts, passes } = fixture;
  const withdrawal = toTarget();
  await ready(withdrawal);
  await sends(accounts.guardian, portalCall("pause", [PAUSE.withdraw, 1000n]));
  expect(await refusesFinalization(withdrawal)).toMatch(/^PausedUntil\(5,/);
  await passes(1000);
  await sends(accounts.guardian, {
    ...contracts.rollup,
    functionName: "pause",
    args: [PAUSE.finalize, 1000n],
  });
  expect(await refusesFinalization(withdrawal)).toBe("OutputNotFinalized(0)");
  await passes(1000);
  await finalizes(withdrawal);
});

test("a failed call keeps its value in the portal until it is replayed", async () => {
  const { accounts, reader, contracts, sends } = fixture;
  const withdrawal = toTarget();
  const { withdrawalHash } = withdrawal;
  const replay = portalCall("replayWithdrawal", [withdrawal]);
  await ready(withdrawal);
  expect(await fixture.refuses(accounts.user, replay)).toBe(`NotFailed(${withdrawalHash})`);
  await sends(accounts.user, targetCall("setFailing", [true]));
  const before = await balanceOf(fixture.deployment.portal);
  await finalizes(withdrawal);
  expect(await balanceOf(fixture.deployment.portal)).toBe(before);
  const flag = (functionName: "failedWithdrawals" | "finalizedWithdrawals") =>
    reader.readContract({ ...contracts.portal, functionName, args: [withdrawalHash] });
  expect([await flag("finalizedWithdrawals"), await flag("failedWithdrawals")]).toEqual([true, true]);
  expect(await fixture.refuses(accounts.user, replay)).toBe(`CallFailed(${withdrawalHash})`);
  await sends(accounts.user, targetCall("setFailing", [false]));
  await sends(accounts.user, replay);
  expect(await balanceOf(fixture.deployment.portal)).toBe(before - ETHER);
  expect(await fixture.refuses(accounts.user, replay)).toBe(`NotFailed(${withdrawalHash})`);
  expect(await refusesFinalization(withdrawal)).toBe(`AlreadyFinalized(${withdrawalHash})`);
});

test("nothing gets in again while a withdrawal runs", async () => {
  const { accounts, sends, reader } = fixture;
  const first = toTarget();
  const second = toTarget({ nonce: first.nonce + 1n, target: RECIPIENT, data: "0x" });
  await ready(first, second);
  const reentry = encodeFunctionData({
    abi: fixture.contracts.portal.abi,
    functionName: "finalizeWithdrawalTransaction",
    args: [second],
  });
  await sends(accounts.user, targetCall("setReentry", [reentry]));
  await finalizes(first);
  expect(await reader.readContract(targetCall("reentryResult") as never)).toBe(
    "0x3ee5aeb5", // ReentrancyGuardReentrantCall()
  );
  expect(await balanceOf(target)).toBe(ETHER);
  await finalizes(second);
});

test("the finalizer cannot starve the call of gas", async () => {
  const withdrawal = toTarget({ gasLimit: 2_000_000n });
  await ready(withdrawal);
  expect(
    await fixture.refuses(fixture.accounts.stranger, { ...flow.finalizeCall(withdrawal), gas: 1_500_000n }),
  ).toMatch(/^InsufficientGas/);
  const receipt = await finalizes(withdrawal);
  const event = receipt.logs.at(-1);
  expect(event?.data).toBe(`0x${"1".padStart(64, "0")}`);
  const endless = toTarget({ gasLimit: 2n ** 64n, nonce: withdrawal.nonce + 1n });
  await proves(await provenState(endless), endless, 1n);
  await fixture.passes(PERIOD);
  expect(await refusesFinalization(endless)).toMatch(/^InsufficientGas\(\d+,18446744073709551616\)/);
});

test("what the target returns is not copied", async () => {
  const data = encodeFunctionData({ abi: testTargetArtifact.abi, functionName: "bomb" });
  const withdrawal = toTarget({ data, value: 0n, gasLimit: 5_000_000n });
  await ready(withdrawal);
  const receipt = await finalizes(withdrawal);
  expect(receipt.gasUsed).toBeLessThan(2_700_000n);
});

test("value leaves under the limit; what is above the capacity waits in proportion", async () => {
  const { accounts, sends, refuses, passes, reader } = fixture;
  const pay = (nonce: bigint, ether: bigint) =>
    withdrawalOf({ nonce, target: RECIPIENT, value: ether * ETHER });
  const [a, b, large] = [pay(1n, 70n), pay(2n, 60n), pay(3n, 200n)];
  await ready(a, b, large);
  expect(await refusesFinalization(large)).toMatch(/^WithdrawalRateLimited/);
  await finalizes(a);
  const { timestamp } = await reader.getBlock();
  const refused = await refusesFinalization(b);
  // 30 of 100 ether over: 0.3 days, give or take the seconds since.
  const availableAt = Number(/\((\d+)\)/.exec(refused)?.[1]);
  expect(availableAt - Number(timestamp)).toBeGreaterThanOrEqual(25_920 - 5);
  expect(availableAt - Number(timestamp)).toBeLessThanOrEqual(25_920 + 5);
  await passes(25_930);
  await finalizes(b);
  await passes(86_400);
  await finalizes(large);
  expect(await balanceOf(RECIPIENT)).toBe(330n * ETHER);

  expect(await refuses(accounts.user, portalCall("withdrawalAvailableAt", [2n ** 128n, 0n]))).toBe(
    `WithdrawalTooLarge(${2n ** 128n})`,
  );
  expect(await reader.readContract({ ...fixture.contracts.portal, functionName: "withdrawalLimit" })).toEqual(
    [100n * ETHER, 86_400n],
  );
  await sends(accounts.deployer, portalCall("setWithdrawalLimit", [0n, 0n]));
  expect(await refuses(accounts.deployer, portalCall("setWithdrawalLimit", [0n, 5n]))).toBe(
    "BadWithdrawalLimit(0,5)",
  );
  const more = pay(4n, 90n);
  const state = await provenState(more);
  await proves(state, more, 1n);
  await passes(PERIOD);
  await finalizes(more);
});

test("a failed withdrawal does not use up the limit", async () => {
  const { accounts, sends } = fixture;
  const failing = toTarget({ value: 100n * ETHER });
  const other = withdrawalOf({ nonce: 9n, target: RECIPIENT, value: 100n * ETHER });
  await ready(failing, other);
  await sends(accounts.user, targetCall("setFailing", [true]));
  await finalizes(failing);
  await finalizes(other);
  await sends(accounts.user, targetCall("setFailing", [false]));
  expect(await fixture.refuses(accounts.user, portalCall("replayWithdrawal", [failing]))).toMatch(
    /^WithdrawalRateLimited/,
  );
});

test("an estimate of gas fails where the call would", async () => {
  const withdrawal = toTarget();
  await ready(withdrawal);
  await fixture.sends(fixture.accounts.user, targetCall("setFailing", [true]));
  const estimate = fixture.reader.call({
    account: "0x0000000000000000000000000000000000000001",
    to: fixture.deployment.portal,
    data: encodeFunctionData({
      abi: fixture.contracts.portal.abi,
      functionName: "finalizeWithdrawalTransaction",
      args: [withdrawal],
    }),
  });
  await expect(estimate).rejects.toThrow(/CallFailed|revert/);
});
