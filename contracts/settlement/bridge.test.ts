import {
  type Address,
  concat,
  encodeFunctionData,
  getAddress,
  type Hex,
  numberToHex,
  parseEventLogs,
  slice,
  type TransactionReceipt,
  zeroAddress,
} from "viem";
import { extractTransactionDepositedLogs } from "viem/op-stack";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { l1StandardBridgeArtifact } from "../artifacts/l1StandardBridge.ts";
import { l2StandardBridgeArtifact } from "../artifacts/l2StandardBridge.ts";
import { optimismMintableERC20Artifact } from "../artifacts/optimismMintableERC20.ts";
import { settlementProxyArtifact } from "../artifacts/settlementProxy.ts";
import { testTargetArtifact } from "../artifacts/testTarget.ts";
import { testTokenArtifact } from "../artifacts/testToken.ts";
import { type Withdrawal, withdrawalOf } from "./l2State.ts";
import { type Call, createFixture, ETHER, type Fixture } from "./settlementFixture.ts";
import { createWithdrawalFlow, type WithdrawalFlow } from "./withdrawalFlow.ts";

const L2_BRIDGE: Address = "0x4200000000000000000000000000000000000010";
const L2_TOKEN: Address = "0x00000000000000000000000000000000000000E2";
const TO: Address = "0x00000000000000000000000000000000000000B0";
const ABI = l1StandardBridgeArtifact.abi;

let stack: TestStack;
let fixture: Fixture;
let flow: WithdrawalFlow;
let token: Address;
let user: Address;
let snapshot: Hex;

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  fixture = await createFixture(stack.l1Url, DEV_MNEMONIC);
  user = fixture.accounts.user.address;
  token = await givenToken();
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  snapshot = await fixture.control.snapshot();
  flow = createWithdrawalFlow(fixture);
});
afterEach(() => fixture.control.revert({ id: snapshot }));

const bridgeCall = (functionName: string, args: readonly unknown[] = [], value = 0n): Call => ({
  ...fixture.contracts.bridge,
  functionName,
  args,
  value,
});
const tokenCall = (address: Address, functionName: string, args: readonly unknown[]): Call => ({
  address,
  abi: testTokenArtifact.abi,
  functionName,
  args,
});
const sends = (call: Call) => fixture.sends(fixture.accounts.user, call);
const refuses = (call: Call) => fixture.refuses(fixture.accounts.user, call);
const balanceOf = (address: Address, owner: Address) =>
  fixture.reader.readContract({
    address,
    abi: testTokenArtifact.abi,
    functionName: "balanceOf",
    args: [owner],
  });
const locked = (l1Token: Address, l2Token = L2_TOKEN) =>
  fixture.reader.readContract({
    ...fixture.contracts.bridge,
    functionName: "deposits",
    args: [l1Token, l2Token],
  });

/** A token of which the user has 1000, all approved. */
async function givenToken(fee = 0n): Promise<Address> {
  const address = await fixture.deployToken(fee);
  await sends(tokenCall(address, "mint", [user, 1_000n]));
  await sends(tokenCall(address, "approve", [fixture.deployment.standardBridge, 2n ** 256n - 1n]));
  return address;
}

/** The message that a deposit carries to the bridge on L2, whose ABI must read it. */
function messageOf(receipt: TransactionReceipt) {
  const event = extractTransactionDepositedLogs(receipt)[0]?.args;
  expect(event?.from).toBe(aliasOf(fixture.deployment.standardBridge));
  expect(event?.to).toBe(L2_BRIDGE);
  const opaque = event?.opaqueData ?? "0x";
  const data = slice(opaque, 73);
  expect(slice(opaque, 0, 32)).toBe(slice(opaque, 32, 64));
  return { value: BigInt(slice(opaque, 0, 32)), gasLimit: BigInt(slice(opaque, 64, 72)), data };
}

function aliasOf(address: Address): Address {
  return getAddress(numberToHex(BigInt(address) + 0x1111000000000000000000000000000000001111n, { size: 20 }));
}

function l2Message(functionName: "finalizeBridgeETH" | "finalizeBridgeERC20", args: readonly unknown[]): Hex {
  return encodeFunctionData({ abi: l2StandardBridgeArtifact.abi, functionName, args } as never);
}

const namesOf = (receipt: TransactionReceipt) =>
  parseEventLogs({ abi: ABI, logs: receipt.logs }).map(({ eventName }) => eventName);

/** What the bridge on L2 would send. */
function withdrawalTo(
  functionName: "finalizeBridgeETH" | "finalizeBridgeERC20",
  args: readonly unknown[],
  change: Partial<Withdrawal> = {},
): Withdrawal {
  return withdrawalOf({
    sender: L2_BRIDGE,
    target: fixture.deployment.standardBridge,
    gasLimit: 400_000n,
    data: encodeFunctionData({ abi: ABI, functionName, args } as never),
    ...change,
  });
}
async function succeeds(withdrawal: Withdrawal): Promise<boolean> {
  const receipt = await flow.finalizes(withdrawal);
  return receipt.logs.at(-1)?.data === numberToHex(1, { size: 32 });
}

/** A bridge whose portal is a test's, which passes the reason of a refusal on. */
async function exposedBridge() {
  const portal = await fixture.deployTarget();
  const { deployment, deploys } = fixture;
  const data = encodeFunctionData({ abi: ABI, functionName: "initialize", args: [user, portal] });
  const bridge = await deploys(settlementProxyArtifact, [deployment.implementations.standardBridge, data]);
  const abi = testTargetArtifact.abi;
  await sends({ address: portal, abi, functionName: "setL2Sender", args: [L2_BRIDGE] });
  const call = (functionName: string, args: readonly unknown[], value = 0n): Call => ({
    address: portal,
    abi,
    functionName: "call",
    args: [bridge, encodeFunctionData({ abi: ABI, functionName, args } as never)],
    value,
  });
  return { bridge, portal, call };
}

test("ether goes to L2 by every door, as a message that the bridge there reads", async () => {
  const { deployment, reader } = fixture;
  const doors: [string, readonly unknown[], Address, bigint, Hex][] = [
    ["depositETH", [50_000, "0x01"], user, 50_000n, "0x01"],
    ["depositETHTo", [TO, 70_000, "0x"], TO, 70_000n, "0x"],
    ["bridgeETH", [0, "0x0203"], user, 0n, "0x0203"],
    ["bridgeETHTo", [TO, 1, "0x"], TO, 1n, "0x"],
  ];
  for (const [door, args, to, minGas, extraData] of doors) {
    const receipt = await sends(bridgeCall(door, args, ETHER));
    const { value, gasLimit, data } = messageOf(receipt);
    expect(data, door).toBe(l2Message("finalizeBridgeETH", [user, to, ETHER, extraData]));
    expect(value).toBe(ETHER);
    expect(gasLimit).toBe(21_000n + 40n * BigInt((data.length - 2) / 2) + 300_000n + minGas);
    expect(namesOf(receipt)).toEqual(["ETHDepositInitiated", "ETHBridgeInitiated"]);
  }
  const hash = await fixture.wallet.sendTransaction({
    account: fixture.accounts.user,
    to: deployment.standardBridge,
    value: 3n,
  });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  expect(messageOf(receipt).data).toBe(l2Message("finalizeBridgeETH", [user, user, 3n, "0x"]));
  expect(await reader.getBalance({ address: deployment.portal })).toBe(4n * ETHER + 3n);
  expect(await reader.getBalance({ address: deployment.standardBridge })).toBe(0n);
});

test("tokens are locked by pair, and announced to L2 by every door", async () => {
  const doors: [string, readonly unknown[], Address][] = [
    ["depositERC20", [token, L2_TOKEN, 10n, 0, "0x01"], user],
    ["depositERC20To", [token, L2_TOKEN, TO, 10n, 0, "0x01"], TO],
    ["bridgeERC20", [token, L2_TOKEN, 10n, 0, "0x01"], user],
    ["bridgeERC20To", [token, L2_TOKEN, TO, 10n, 0, "0x01"], TO],
  ];
  for (const [door, args, to] of doors) {
    const receipt = await sends(bridgeCall(door, args));
    const { value, data } = messageOf(receipt);
    expect(data, door).toBe(l2Message("finalizeBridgeERC20", [L2_TOKEN, token, user, to, 10n, "0x01"]));
    expect(value).toBe(0n);
    expect(namesOf(receipt)).toEqual(["ERC20DepositInitiated", "ERC20BridgeInitiated"]);
  }
  expect(await locked(token)).toBe(40n);
  expect(await locked(token, TO)).toBe(0n);
  expect(await balanceOf(token, fixture.deployment.standardBridge)).toBe(40n);
});

test("refuses deposits that would be lost", async () => {
  const { accounts, deployment, control } = fixture;
  const to = (l1Token: Address, l2Token: Address, recipient: Address, amount = 10n) =>
    bridgeCall("depositERC20To", [l1Token, l2Token, recipient, amount, 0, "0x"]);
  expect(await refuses(bridgeCall("depositETHTo", [zeroAddress, 0, "0x"], 1n))).toBe(
    `BadRecipient(${zeroAddress})`,
  );
  expect(await refuses(to(token, L2_TOKEN, zeroAddress))).toBe(`BadRecipient(${zeroAddress})`);
  expect(await refuses(to(TO, L2_TOKEN, user))).toBe(`BadToken(${TO})`);
  expect(await refuses(to(token, zeroAddress, user))).toBe(`BadToken(${zeroAddress})`);
  expect(await refuses(to(token, L2_TOKEN, user, 1_001n))).toMatch(/^ERC20InsufficientBalance/);
  const taking = await givenToken(1n);
  expect(await refuses(to(taking, L2_TOKEN, user))).toBe(`UnexpectedTokenAmount(${taking},9,10)`);
  await sends(tokenCall(token, "setRefusing", [true]));
  expect(await refuses(to(token, L2_TOKEN, user))).toBe(`SafeERC20FailedOperation(${token})`);
  const dear = bridgeCall("depositETH", [4_294_967_295, "0x"], 1n);
  expect(await refuses(dear)).toMatch(/^OutOfGas/);

  const target = await fixture.deployTarget();
  const through = (data: Hex): Call => ({
    address: target,
    abi: testTargetArtifact.abi,
    functionName: "call",
    args: [deployment.standardBridge, data],
  });
  const alone = encodeFunctionData({ abi: ABI, functionName: "bridgeETH", args: [0, "0x"] });
  expect(await refuses(through(alone))).toBe(`NotAccount(${target})`);
  expect(await refuses(through("0x"))).toBe(`NotAccount(${target})`);
  const named = encodeFunctionData({ abi: ABI, functionName: "bridgeETHTo", args: [TO, 0, "0x"] });
  expect(await refuses(through(named))).toBe("not refused");
  const { address } = accounts.stranger;
  await control.setCode({ address, bytecode: concat(["0xef0100", target]) });
  expect(await refuses({ ...through(alone), address })).toBe("not refused");
});

test("a token cannot enter the bridge again while it is taken", async () => {
  const again = encodeFunctionData({
    abi: ABI,
    functionName: "bridgeERC20To",
    args: [token, L2_TOKEN, TO, 1n, 0, "0x"],
  });
  await sends(tokenCall(token, "setHook", [fixture.deployment.standardBridge, again]));
  expect(await refuses(bridgeCall("depositERC20", [token, L2_TOKEN, 10n, 0, "0x"]))).toBe(
    "ReentrancyGuardReentrantCall()",
  );
});

test("ether comes back through the portal, from the bridge on L2 alone", async () => {
  const { reader, deployment } = fixture;
  await sends(bridgeCall("depositETH", [0, "0x"], ETHER));
  const args = [user, TO, ETHER, "0x09"];
  const withdrawal = withdrawalTo("finalizeBridgeETH", args, { value: ETHER });
  const forged = withdrawalTo("finalizeBridgeETH", args, { value: ETHER, sender: TO });
  const short = withdrawalTo("finalizeBridgeETH", args, { value: ETHER - 1n });
  const own = [deployment.standardBridge, deployment.portal].map((to) =>
    withdrawalTo("finalizeBridgeETH", [user, to, 0n, "0x"]),
  );
  const deaf = withdrawalTo("finalizeBridgeETH", [user, token, 1n, "0x"], { value: 1n });
  await flow.ready(withdrawal, forged, short, ...own, deaf);
  expect(await refuses(bridgeCall("finalizeBridgeETH", args, ETHER))).toBe(
    `NotOtherBridge(${user},0x000000000000000000000000000000000000dEaD)`,
  );
  expect(await succeeds(forged)).toBe(false);
  expect(await succeeds(short)).toBe(false);
  for (const loop of own) expect(await succeeds(loop)).toBe(false);
  expect(await succeeds(deaf)).toBe(false);
  const receipt = await flow.finalizes(withdrawal);
  expect(namesOf(receipt)).toEqual(["ETHWithdrawalFinalized", "ETHBridgeFinalized"]);
  expect(await reader.getBalance({ address: TO })).toBe(ETHER);
  expect(await reader.getBalance({ address: deployment.portal })).toBe(0n);
});

test("tokens come back up to what was locked for the pair; a failed one can be replayed", async () => {
  const { deployment } = fixture;
  await sends(bridgeCall("depositERC20", [token, L2_TOKEN, 100n, 0, "0x"]));
  const back = (amount: bigint, l2Token = L2_TOKEN, to = TO) =>
    withdrawalTo("finalizeBridgeERC20", [token, l2Token, user, to, amount, "0x"]);
  const [first, copy, more, own] = [
    back(60n),
    back(1n, TO),
    back(41n),
    back(1n, L2_TOKEN, deployment.standardBridge),
  ];
  await flow.ready(first, copy, more, own);
  const receipt = await flow.finalizes(first);
  expect(namesOf(receipt)).toEqual(["ERC20WithdrawalFinalized", "ERC20BridgeFinalized"]);
  expect(await balanceOf(token, TO)).toBe(60n);
  expect(await succeeds(copy)).toBe(false);
  expect(await succeeds(more)).toBe(false);
  expect(await succeeds(own)).toBe(false);
  expect(await locked(token)).toBe(40n);
  await sends(bridgeCall("depositERC20", [token, L2_TOKEN, 1n, 0, "0x"]));
  await sends(flow.portalCall("replayWithdrawal", [more]));
  expect(await balanceOf(token, TO)).toBe(101n);
  expect(await locked(token)).toBe(0n);
});

test("says why a withdrawal fails", async () => {
  const { bridge, portal, call } = await exposedBridge();
  const eth = (to: Address, amount: bigint, value = amount) =>
    call("finalizeBridgeETH", [user, to, amount, "0x"], value);
  const erc20 = (l1Token: Address, to: Address, amount: bigint) =>
    call("finalizeBridgeERC20", [l1Token, L2_TOKEN, user, to, amount, "0x"]);
  expect(await refuses(eth(TO, 2n))).toBe("not refused");
  expect(await refuses(eth(TO, 2n, 1n))).toBe("UnexpectedValue(1,2)");
  expect(await refuses(eth(bridge, 2n))).toBe(`BadRecipient(${bridge})`);
  expect(await refuses(eth(portal, 2n))).toBe(`BadRecipient(${portal})`);
  expect(await refuses(eth(token, 2n))).toBe(`TransferFailed(${token},2)`);
  expect(await refuses(erc20(token, bridge, 1n))).toBe(`BadRecipient(${bridge})`);
  expect(await refuses(erc20(token, TO, 1n))).toBe(`InsufficientDeposits(${token},${L2_TOKEN},0,1)`);
  const abi = testTargetArtifact.abi;
  await sends({ address: portal, abi, functionName: "setL2Sender", args: [TO] });
  expect(await refuses(eth(TO, 2n))).toBe(`NotOtherBridge(${portal},${TO})`);
  expect(await refuses(erc20(token, TO, 1n))).toBe(`NotOtherBridge(${portal},${TO})`);
});

const DAY = 86_400;
const limitCall = (l1Token: Address, capacity: bigint, period = BigInt(DAY)) =>
  bridgeCall("setTokenWithdrawalLimit", [l1Token, capacity, period]);

test("a token leaves under its limit; what is above the capacity waits in proportion", async () => {
  const { accounts, passes, reader } = fixture;
  const other = await givenToken();
  for (const one of [token, other]) await sends(bridgeCall("depositERC20", [one, L2_TOKEN, 1_000n, 0, "0x"]));
  const set = await fixture.sends(accounts.deployer, limitCall(token, 100n));
  const [event] = parseEventLogs({ abi: ABI, logs: set.logs, eventName: "TokenWithdrawalLimitSet" });
  expect(event?.args).toEqual({ l1Token: token, capacity: 100n, period: BigInt(DAY) });
  const back = (amount: bigint, l1Token = token) =>
    withdrawalTo("finalizeBridgeERC20", [l1Token, L2_TOKEN, user, TO, amount, "0x"]);
  const replay = (withdrawal: Withdrawal) => flow.portalCall("replayWithdrawal", [withdrawal]);
  const failed = async (withdrawal: Withdrawal) =>
    expect(await refuses(replay(withdrawal))).toMatch(/^CallFailed/);
  const [first, second, large, unlimited, none] = [
    back(70n),
    back(60n),
    back(300n),
    back(900n, other),
    back(0n),
  ];
  await flow.ready(first, second, large, unlimited, none);
  expect(await succeeds(first)).toBe(true);
  expect(await succeeds(second)).toBe(false);
  expect(await succeeds(large)).toBe(false);
  // Neither another token nor nothing is held back.
  expect(await succeeds(unlimited)).toBe(true);
  expect(await succeeds(none)).toBe(true);
  expect(await locked(token)).toBe(930n);
  await failed(second);
  // 30 of 100 too many: 0.3 days.
  await passes(0.3 * DAY + 10);
  await sends(replay(second));
  await failed(large);
  // 200 of 100 too many: 2 days from when it was ready, and then half a bucket.
  await passes(1.5 * DAY);
  await failed(large);
  await passes(0.3 * DAY);
  await sends(replay(large));
  expect(await balanceOf(token, TO)).toBe(430n);
  const read = (functionName: string, args: readonly unknown[]) =>
    reader.readContract(bridgeCall(functionName, args) as never);
  expect(await read("tokenWithdrawalLimit", [token])).toEqual([100n, BigInt(DAY)]);
  expect(await read("tokenWithdrawalLimit", [other])).toEqual([0n, 0n]);
  expect(await read("tokenWithdrawalAvailableAt", [other, 500n, 7n])).toBe(7n);
  const more = back(570n);
  await flow.ready(more);
  expect(await succeeds(more)).toBe(false);
  await fixture.sends(accounts.deployer, limitCall(token, 0n, 0n));
  await sends(replay(more));
  expect(await locked(token)).toBe(0n);
});

test("says when a limit lets a token go; one that fails otherwise uses nothing of it", async () => {
  const { bridge, portal, call } = await exposedBridge();
  const { reader } = fixture;
  const mintable = await fixture.deploys(optimismMintableERC20Artifact, [
    bridge,
    L2_TOKEN,
    "Of L2",
    "OL2",
    18,
  ]);
  const mints = (amount: bigint, l2Token = L2_TOKEN) =>
    call("finalizeBridgeERC20", [mintable, l2Token, user, TO, amount, "0x"]);
  const limit = (capacity: bigint, period: bigint) => ({
    ...limitCall(mintable, capacity, period),
    address: bridge,
  });
  const abi = testTargetArtifact.abi;
  const readyAt = (await reader.getBlock()).timestamp;
  await sends({ address: portal, abi, functionName: "setL2MessageReadyAt", args: [readyAt] });
  expect(await refuses(limit(0n, 5n))).toBe("BadWithdrawalLimit(0,5)");
  await sends(limit(100n, BigInt(DAY)));
  expect(await refuses(mints(350n))).toBe(`WithdrawalRateLimited(${readyAt + BigInt(2.5 * DAY)})`);
  expect(await refuses(mints(2n ** 128n))).toBe(`WithdrawalTooLarge(${2n ** 128n})`);
  expect(await refuses(mints(100n, TO))).toBe(`UnexpectedRemoteToken(${mintable},${TO},${L2_TOKEN})`);
  await sends(mints(100n));
  expect(await refuses(mints(50n))).toMatch(/^WithdrawalRateLimited/);
  expect(await balanceOf(mintable, TO)).toBe(100n);
});

test("a token of L2 is minted here, and burnt when it goes home", async () => {
  const { deploys, deployment } = fixture;
  const args = [deployment.standardBridge, L2_TOKEN, "Of L2", "OL2", 18];
  const mintable = await deploys(optimismMintableERC20Artifact, args);
  const arrives = withdrawalTo("finalizeBridgeERC20", [mintable, L2_TOKEN, TO, user, 50n, "0x"]);
  const wrong = withdrawalTo("finalizeBridgeERC20", [mintable, TO, TO, user, 50n, "0x"]);
  await flow.ready(arrives, wrong);
  expect(await succeeds(arrives)).toBe(true);
  expect(await succeeds(wrong)).toBe(false);
  expect(await balanceOf(mintable, user)).toBe(50n);
  const home = (l2Token: Address) => bridgeCall("bridgeERC20To", [mintable, l2Token, TO, 20n, 0, "0x"]);
  expect(await refuses(home(TO))).toBe(`UnexpectedRemoteToken(${mintable},${TO},${L2_TOKEN})`);
  const receipt = await sends(home(L2_TOKEN));
  expect(messageOf(receipt).data).toBe(
    l2Message("finalizeBridgeERC20", [L2_TOKEN, mintable, user, TO, 20n, "0x"]),
  );
  expect(await balanceOf(mintable, user)).toBe(30n);
  expect(await locked(mintable)).toBe(0n);
});

test("names its counterpart, and is initialized once", async () => {
  const { accounts, deployment, refusesCreation, reader } = fixture;
  const read = (functionName: string) => reader.readContract(bridgeCall(functionName) as never);
  for (const name of ["OTHER_BRIDGE", "otherBridge", "l2TokenBridge"])
    expect(await read(name)).toBe(L2_BRIDGE);
  expect(await read("portal")).toBe(getAddress(deployment.portal));
  expect(await read("version")).toBe("2.0.0");
  const initialize = (owner: Address, portal: Address) =>
    encodeFunctionData({ abi: ABI, functionName: "initialize", args: [owner, portal] });
  const creation = (data: Hex) =>
    refusesCreation(settlementProxyArtifact, [deployment.implementations.standardBridge, data]);
  expect(await creation(initialize(zeroAddress, user))).toBe("ZeroAddress()");
  expect(await creation(initialize(user, zeroAddress))).toBe("ZeroAddress()");
  expect(await creation(initialize(user, user))).toBe("not refused");
  for (const target of [deployment.standardBridge, deployment.implementations.standardBridge]) {
    const call = { address: target, abi: ABI, functionName: "initialize", args: [user, user] };
    expect(await fixture.refuses(accounts.deployer, call)).toBe("InvalidInitialization()");
  }
});
