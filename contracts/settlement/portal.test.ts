import {
  type Address,
  concat,
  decodeEventLog,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  numberToHex,
  type TransactionReceipt,
  zeroAddress,
  zeroHash,
} from "viem";
import { depositTransaction, extractTransactionDepositedLogs, getL2TransactionHashes } from "viem/op-stack";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { optimismPortalArtifact } from "../artifacts/optimismPortal.ts";
import { settlementProxyArtifact } from "../artifacts/settlementProxy.ts";
import { testTargetArtifact } from "../artifacts/testTarget.ts";
import { type Call, createFixture, ETHER, type Fixture, PAUSE, SETTINGS } from "./settlementFixture.ts";

const TO: Address = "0x00000000000000000000000000000000000000B0";
const WINDOW = BigInt(SETTINGS.inclusionWindowBlocks);
const GWEI = 10n ** 9n;

let stack: TestStack;
let fixture: Fixture;
let snapshot: Hex;

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  fixture = await createFixture(stack.l1Url, DEV_MNEMONIC);
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  snapshot = await fixture.control.snapshot();
});
afterEach(async () => {
  await fixture.control.setAutomine(true);
  await fixture.control.revert({ id: snapshot });
});

const portalCall = (functionName: string, args: readonly unknown[] = [], value = 0n): Call => ({
  ...fixture.contracts.portal,
  functionName,
  args,
  value,
});
const deposit = (change: Partial<Deposit> = {}, value = 0n) => {
  const { to, value: l2Value, gasLimit, isCreation, data } = { ...DEPOSIT, ...change };
  return portalCall("depositTransaction", [to, l2Value, gasLimit, isCreation, data], value);
};
const sends = (call: Call) => fixture.sends(fixture.accounts.user, call);
const refuses = (call: Call) => fixture.refuses(fixture.accounts.user, call);
const read = (functionName: string, args: readonly unknown[] = []) =>
  fixture.reader.readContract(portalCall(functionName, args) as never) as Promise<unknown>;
const depositedBy = (receipt: TransactionReceipt) => extractTransactionDepositedLogs(receipt)[0]?.args;

interface Deposit {
  to: Address;
  value: bigint;
  gasLimit: bigint;
  isCreation: boolean;
  data: Hex;
}
const DEPOSIT: Deposit = { to: TO, value: 0n, gasLimit: 100_000n, isCreation: false, data: "0x" };

function opaqueOf(mint: bigint, { value, gasLimit, isCreation, data }: Deposit): Hex {
  const flag = isCreation ? "0x01" : "0x00";
  return concat([
    numberToHex(mint, { size: 32 }),
    numberToHex(value, { size: 32 }),
    numberToHex(gasLimit, { size: 8 }),
    flag,
    data,
  ]);
}

function aliasOf(address: Address): Address {
  const sum = (BigInt(address) + 0x1111000000000000000000000000000000001111n) % 2n ** 160n;
  return getAddress(numberToHex(sum, { size: 20 }));
}

test("viem deposits, and finds the L2 transaction that each deposit will be", async () => {
  const { reader, wallet, deployment, accounts, control } = fixture;
  const before = await reader.getBalance({ address: deployment.portal });
  await control.setAutomine(false);
  const requests = [
    { gas: 50_000n, mint: 2n * ETHER, to: TO, value: ETHER, data: "0xabcd" },
    { gas: 90_000n, isCreation: true, data: "0x5b" },
    { gas: 21_000n, mint: 7n, to: TO },
  ] as const;
  const nonce = await reader.getTransactionCount({ address: accounts.user.address });
  const hashes: Hex[] = [];
  for (const [index, request] of requests.entries()) {
    const sent = { account: accounts.user, request, portalAddress: deployment.portal, gas: 300_000n };
    hashes.push(await depositTransaction(wallet, { ...sent, nonce: nonce + index } as never));
  }
  await control.mine({ blocks: 1 });
  const receipts = await Promise.all(hashes.map((hash) => reader.waitForTransactionReceipt({ hash })));
  expect(receipts.map(({ status }) => status)).toEqual(["success", "success", "success"]);
  expect(new Set(receipts.map(({ blockNumber }) => blockNumber)).size).toBe(1);
  const expected: Deposit[] = [
    { to: TO, value: ETHER, gasLimit: 50_000n, isCreation: false, data: "0xabcd" },
    { to: zeroAddress, value: 0n, gasLimit: 90_000n, isCreation: true, data: "0x5b" },
    { to: TO, value: 7n, gasLimit: 21_000n, isCreation: false, data: "0x" },
  ];
  for (const [index, wanted] of expected.entries()) {
    const receipt = receipts[index];
    const mint = [2n * ETHER, 0n, 7n][index] ?? 0n;
    if (receipt === undefined) continue;
    expect(depositedBy(receipt)).toEqual({
      from: accounts.user.address,
      to: wanted.to,
      version: 0n,
      opaqueData: opaqueOf(mint, wanted),
    });
  }
  const l2Hashes = receipts.flatMap((receipt) => getL2TransactionHashes(receipt));
  expect(new Set(l2Hashes).size).toBe(3);
  expect(await reader.getBalance({ address: deployment.portal })).toBe(before + 2n * ETHER + 7n);
  expect(await read("count")).toBe(3n);
});

test("plain ether is a deposit to the same account", async () => {
  const { wallet, reader, accounts, deployment } = fixture;
  const hash = await wallet.sendTransaction({ account: accounts.user, to: deployment.portal, value: ETHER });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  const wanted = { ...DEPOSIT, to: accounts.user.address, value: ETHER };
  const { address } = accounts.user;
  expect(depositedBy(receipt)).toMatchObject({
    from: address,
    to: address,
    opaqueData: opaqueOf(ETHER, wanted),
  });
  await sends(portalCall("donateETH", [], ETHER));
  expect(await read("count")).toBe(1n);
  expect(await reader.getBalance({ address: deployment.portal })).toBe(2n * ETHER);
});

test("a contract deposits from its alias, an account that delegates to code from itself", async () => {
  const { accounts, deployment, control } = fixture;
  const target = await fixture.deployTarget();
  const abi = testTargetArtifact.abi;
  await sends({ address: target, abi, functionName: "setPortal", args: [deployment.portal] });
  const call = (address: Address): Call => ({
    address,
    abi,
    functionName: "call",
    args: [
      deployment.portal,
      encodeFunctionData({
        abi: optimismPortalArtifact.abi,
        functionName: "depositTransaction",
        args: [TO, 0n, 100_000n, false, "0x"],
      }),
    ],
  });
  const through = await sends({
    address: target,
    abi,
    functionName: "deposit",
    args: [TO, 100_000n, "0x"],
    value: 5n,
  });
  expect(depositedBy(through)?.from).toBe(aliasOf(target));
  // An account with a delegation, called by somebody else.
  const { address } = accounts.stranger;
  await control.setCode({ address, bytecode: concat(["0xef0100", target]) });
  expect(depositedBy(await sends(call(address)))?.from).toBe(address);
  const code = await fixture.reader.getCode({ address: target });
  await control.setCode({ address, bytecode: code ?? "0x" });
  expect(depositedBy(await sends(call(address)))?.from).toBe(aliasOf(address));
});

test("refuses what L2 could not run or L1 nodes would not carry", async () => {
  expect(await refuses(deposit({ isCreation: true }))).toBe(`BadTarget(${TO})`);
  expect(await refuses(deposit({ gasLimit: 20_999n }))).toBe("SmallGasLimit(20999,21000)");
  expect(await refuses(deposit({ data: "0xabcd", gasLimit: 21_079n }))).toBe("SmallGasLimit(21079,21080)");
  expect(await refuses(deposit({ data: "0xabcd", gasLimit: 21_080n }))).toBe("not refused");
  const most: Hex = `0x${"00".repeat(120_000)}`;
  expect(await refuses(deposit({ data: most, gasLimit: 5_000_000n }))).toBe("not refused");
  expect(await refuses(deposit({ data: concat([most, "0x00"]), gasLimit: 5_000_000n }))).toBe(
    "LargeCalldata(120001,120000)",
  );
  expect(await refuses(portalCall("forceTransaction", ["0x"]))).toBe("EmptyTransaction()");
  expect(await refuses(portalCall("forceTransaction", [concat([most, "0x00"])]))).toBe(
    "LargeCalldata(120001,120000)",
  );
  await fixture.sends(fixture.accounts.guardian, portalCall("pause", [PAUSE.deposit, 60n]));
  expect(await refuses(deposit())).toMatch(/^PausedUntil\(3,/);
  expect(await refuses(portalCall("forceTransaction", ["0x02"]))).toMatch(/^PausedUntil\(3,/);
  await fixture.passes(60);
  expect(await refuses(deposit())).toBe("not refused");
});

test("a forced transaction enters the same queue, whoever brings it", async () => {
  const { accounts, contracts } = fixture;
  const signed: Hex = "0x02f8010203";
  await sends(deposit());
  const receipt = await sends(portalCall("forceTransaction", [signed]));
  const events = receipt.logs.map(({ data, topics }) =>
    decodeEventLog({ abi: contracts.portal.abi, data, topics }),
  );
  expect(events[0]).toMatchObject({ eventName: "MessageEnqueued", args: { index: 1n } });
  expect(events[1]).toEqual({
    eventName: "TransactionForced",
    args: { index: 1n, sender: accounts.user.address, data: signed },
  });
  expect(await read("enqueuedAt", [1n])).toBe(receipt.blockNumber);
  expect(await read("deadlineOf", [1n])).toBe(receipt.blockNumber + WINDOW);
  const hashed = [1, 1n, receipt.blockNumber, accounts.user.address, zeroAddress, keccak256(signed)];
  expect(events[0]?.args).toMatchObject({ messageHash: await read("hashMessage", hashed) });
  expect(receipt.gasUsed).toBeLessThan(150_000n);
});

test("deadlines never fall with the index, whatever the window becomes", async () => {
  const { accounts, control } = fixture;
  const sets = (blocks: bigint) =>
    fixture.sends(accounts.deployer, portalCall("setInclusionWindow", [blocks]));
  await sets(300n);
  const first = await sends(deposit());
  expect(await read("deadlineOf", [0n])).toBe(first.blockNumber + 300n);
  await sets(50n);
  expect(await read("inclusionWindow")).toBe(50n);
  await sends(deposit());
  expect(await read("deadlineOf", [1n])).toBe(first.blockNumber + 300n);
  await control.mine({ blocks: 250 });
  const third = await sends(deposit());
  expect(await read("deadlineOf", [2n])).toBe(third.blockNumber + 50n);
  expect(await refuses(portalCall("deadlineOf", [3n]))).toBe("UnknownMessage(3,3)");
  expect(await refuses(portalCall("rollingHash", [4n]))).toBe("UnknownMessage(3,3)");
  expect(await read("rollingHash", [0n])).toBe(zeroHash);
  for (const blocks of [49n, 50_401n]) {
    expect(await fixture.refuses(accounts.deployer, portalCall("setInclusionWindow", [blocks]))).toBe(
      `BadInclusionWindow(${blocks},50,50400)`,
    );
  }
});

test("an L1 block sells 20 million L2 gas, and dear gas becomes cheap again", async () => {
  const { control, reader } = fixture;
  expect(await refuses(deposit({ gasLimit: 20_000_001n }))).toBe("OutOfGas(20000001,20000000)");
  await control.setNextBlockBaseFeePerGas({ baseFeePerGas: 100n * GWEI });
  await sends(deposit({ gasLimit: 20_000_000n }));
  expect(await read("params")).toEqual([GWEI, 20_000_000n, await reader.getBlockNumber()]);
  // Ten times the target: the price rises by 9/8 of itself.
  await control.setNextBlockBaseFeePerGas({ baseFeePerGas: 100n * GWEI });
  await sends(deposit({ gasLimit: 20_000_000n }));
  expect(await read("params")).toEqual([(17n * GWEI) / 8n, 20_000_000n, await reader.getBlockNumber()]);
  await control.mine({ blocks: 200 });
  await sends(deposit());
  expect(await read("params")).toEqual([GWEI, 100_000n, await reader.getBlockNumber()]);
});

test("two deposits share what one block sells", async () => {
  const { control, wallet, reader, accounts } = fixture;
  await control.setNextBlockBaseFeePerGas({ baseFeePerGas: 100n * GWEI });
  await control.setAutomine(false);
  const nonce = await reader.getTransactionCount({ address: accounts.user.address });
  const hashes: Hex[] = [];
  for (const [index, gasLimit] of [19_950_000n, 50_000n, 21_000n].entries()) {
    const call = { ...deposit({ gasLimit }), account: accounts.user, gas: 400_000n, nonce: nonce + index };
    const fees = { maxFeePerGas: 300n * GWEI, maxPriorityFeePerGas: GWEI };
    hashes.push(await wallet.writeContract({ ...call, ...fees } as never));
  }
  await control.mine({ blocks: 1 });
  const receipts = await Promise.all(hashes.map((hash) => reader.waitForTransactionReceipt({ hash })));
  expect(receipts.map(({ status }) => status)).toEqual(["success", "success", "reverted"]);
});

test("what L2 gas costs is burnt as L1 gas", async () => {
  const { control } = fixture;
  const gasOf = async (gasLimit: bigint, baseFeePerGas: bigint) => {
    await control.setNextBlockBaseFeePerGas({ baseFeePerGas });
    return (await sends(deposit({ gasLimit }))).gasUsed;
  };
  await sends(deposit());
  const base = await gasOf(100_000n, 50n * GWEI);
  expect(base).toBeLessThan(120_000n);
  // At 2 gwei a gas of L1, 1 million gas of L2 at 1 gwei costs half a million, of which the call is a part.
  const used = await gasOf(1_000_000n, 2n * GWEI);
  expect(used).toBeGreaterThan(500_000n);
  expect(used).toBeLessThan(560_000n);
});

test("initialization refuses what would make a dead portal, and happens once", async () => {
  const { accounts, deployment } = fixture;
  const { address } = accounts.stranger;
  const config = {
    owner: address,
    guardian: address,
    rollup: deployment.rollup,
    inclusionWindow: 50n,
    limitCapacity: 0n,
    limitPeriod: 0n,
  };
  const abi = fixture.contracts.portal.abi;
  const creation = (change: Partial<typeof config>) => {
    const data = encodeFunctionData({ abi, functionName: "initialize", args: [{ ...config, ...change }] });
    return fixture.refusesCreation(settlementProxyArtifact, [deployment.implementations.portal, data]);
  };
  expect(await creation({ owner: zeroAddress })).toBe("ZeroAddress()");
  expect(await creation({ guardian: zeroAddress })).toBe("ZeroAddress()");
  expect(await creation({ rollup: zeroAddress })).toBe("ZeroAddress()");
  expect(await creation({ inclusionWindow: 49n })).toBe("BadInclusionWindow(49,50,50400)");
  expect(await creation({ limitPeriod: 1n })).toBe("BadWithdrawalLimit(0,1)");
  expect(await creation({})).toBe("not refused");
  for (const target of [deployment.portal, deployment.implementations.portal]) {
    const call = { address: target, abi, functionName: "initialize", args: [config] };
    expect(await fixture.refuses(accounts.deployer, call)).toBe("InvalidInitialization()");
  }
});

test("speaks as a portal of version 2", async () => {
  expect(await read("version")).toMatch(/^2\.\d+\.\d+$/);
  expect(await read("minimumGasLimit", [1_000n])).toBe(61_000n);
  expect(await read("l2Sender")).toBe("0x000000000000000000000000000000000000dEaD");
  expect(await read("paused")).toBe(false);
  expect(await read("guardian")).toBe(fixture.accounts.guardian.address);
  expect(getAddress(String(await read("l2Oracle")))).toBe(getAddress(fixture.deployment.rollup));
  expect(await read("isOutputFinalized", [0n])).toBe(false);
});
