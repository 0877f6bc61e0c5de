import {
  BaseError,
  ContractFunctionRevertedError,
  decodeFunctionData,
  encodeFunctionData,
  getAddress,
  type Hex,
  parseEther,
  parseEventLogs,
  toFunctionSelector,
  toHex,
  zeroAddress,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { getWithdrawals } from "viem/op-stack";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DEVELOPMENT_MNEMONIC } from "../protocol/index.ts";
import { startL2Chain } from "../test/support/l2Chain.ts";
import { hostileTokenArtifact } from "./artifacts/hostileToken.ts";
import { l2StandardBridgeArtifact } from "./artifacts/l2StandardBridge.ts";
import { optimismMintableERC20Artifact } from "./artifacts/optimismMintableERC20.ts";
import { optimismMintableERC20FactoryArtifact } from "./artifacts/optimismMintableERC20Factory.ts";
import { plainTokenArtifact } from "./artifacts/plainToken.ts";
import { developmentDeployment } from "./l2Deployment.ts";
import { l2Genesis, PREDEPLOYS } from "./l2Genesis.ts";

/** Near the end of the address space, so that the alias wraps around. */
const L1_BRIDGE = "0xf0000000000000000000000000000000000000b1";
const ALIAS = toHex((BigInt(L1_BRIDGE) + 0x1111000000000000000000000000000000001111n) % 2n ** 160n, {
  size: 20,
});
const L1_TOKEN = "0x0000000000000000000000000000000000000abc";
const ETH_TOKEN = "0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000";
const BOB = getAddress("0x0000000000000000000000000000000000000b0b");
const [alice, carol] = [0, 1].map((addressIndex) =>
  mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex }),
) as [Account, Account];
type Account = ReturnType<typeof mnemonicToAccount>;

const bridge = { address: PREDEPLOYS.l2StandardBridge, abi: l2StandardBridgeArtifact.abi } as const;
const factory = {
  address: PREDEPLOYS.optimismMintableERC20Factory,
  abi: optimismMintableERC20FactoryArtifact.abi,
} as const;
const tokenAbi = optimismMintableERC20Artifact.abi;

let l2: Awaited<ReturnType<typeof startL2Chain>>;
let snapshot: Hex;
beforeAll(async () => {
  const feeVault = { recipient: BOB, minWithdrawalAmount: 0n } as const;
  const deployment = developmentDeployment({ l1StandardBridge: L1_BRIDGE, feeVault });
  l2 = await startL2Chain(7357, l2Genesis(deployment).accounts);
  await l2.control.impersonateAccount({ address: ALIAS });
  await l2.control.setBalance({ address: ALIAS, value: parseEther("100") });
});
afterAll(() => l2?.stop());
beforeEach(async () => {
  snapshot = await l2.control.snapshot();
});
afterEach(() => l2.control.revert({ id: snapshot }));

async function confirm(hash: Hex) {
  const receipt = await l2.reader.waitForTransactionReceipt({ hash });
  expect(receipt.status).toBe("success");
  return receipt;
}
type Receipt = Awaited<ReturnType<typeof confirm>>;

const deposit = async (data: Hex, value = 0n, gas?: bigint) =>
  confirm(
    await l2.wallet.sendTransaction({
      account: ALIAS,
      to: bridge.address,
      data,
      value,
      ...(gas === undefined ? {} : { gas }),
    }),
  );
const finalizeEth = (from: Hex, to: Hex, amount: bigint) =>
  encodeFunctionData({ ...bridge, functionName: "finalizeBridgeETH", args: [from, to, amount, "0x"] });
const finalizeToken = (local: Hex, remote: Hex, from: Hex, to: Hex, amount: bigint) =>
  encodeFunctionData({
    ...bridge,
    functionName: "finalizeBridgeERC20",
    args: [local, remote, from, to, amount, "0x0e"],
  });
const eventNames = (receipt: Receipt) =>
  parseEventLogs({ abi: bridge.abi, logs: receipt.logs }).map(({ eventName }) => eventName);
function messageOf(receipt: Receipt) {
  const [withdrawal] = getWithdrawals(receipt);
  const call = decodeFunctionData({ abi: bridge.abi, data: withdrawal?.data ?? "0x" });
  return { withdrawal, call };
}

async function revertOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const cause =
      error instanceof BaseError ? error.walk((e) => e instanceof ContractFunctionRevertedError) : null;
    if (cause instanceof ContractFunctionRevertedError) {
      return cause.data?.errorName ?? cause.signature ?? cause.reason ?? "?";
    }
    throw error;
  }
  return "no revert";
}

async function createToken(remote: Hex = L1_TOKEN): Promise<Hex> {
  const create = {
    ...factory,
    account: alice,
    functionName: "createOptimismMintableERC20",
    args: [remote, "Token", "TKN"],
  } as const;
  const { result } = await l2.reader.simulateContract(create);
  await confirm(await l2.wallet.writeContract(create));
  return result;
}
async function createPlain(fee = 0n): Promise<Hex> {
  const { abi, bytecode } = plainTokenArtifact;
  const hash = await l2.wallet.deployContract({ account: alice, abi, bytecode, args: [1_000n, fee] });
  const address = (await confirm(hash)).contractAddress ?? zeroAddress;
  const approve = { address, abi, functionName: "approve", args: [bridge.address, 1_000n] } as const;
  await confirm(await l2.wallet.writeContract({ ...approve, account: alice }));
  return address;
}
const balance = (token: Hex, owner: Hex) =>
  l2.reader.readContract({ address: token, abi: tokenAbi, functionName: "balanceOf", args: [owner] });

test("ether goes out by every door, with OP's events and the message for the bridge on L1", async () => {
  const write = { ...bridge, account: alice, value: 5n } as const;
  const doors: [Hex, Hex, bigint][] = [
    [
      await l2.wallet.sendTransaction({ account: alice, to: bridge.address, value: 5n }),
      alice.address,
      400_000n,
    ],
    [
      await l2.wallet.writeContract({ ...write, functionName: "bridgeETH", args: [1_000, "0x"] }),
      alice.address,
      201_000n,
    ],
    [
      await l2.wallet.writeContract({ ...write, functionName: "bridgeETHTo", args: [BOB, 0, "0xaa"] }),
      BOB,
      200_040n,
    ],
    [
      await l2.wallet.writeContract({ ...write, functionName: "withdraw", args: [ETH_TOKEN, 5n, 0, "0x"] }),
      alice.address,
      200_000n,
    ],
    [
      await l2.wallet.writeContract({
        ...write,
        functionName: "withdrawTo",
        args: [ETH_TOKEN, BOB, 5n, 0, "0x"],
      }),
      BOB,
      200_000n,
    ],
  ];
  for (const [hash, to, gasLimit] of doors) {
    const receipt = await confirm(hash);
    expect(eventNames(receipt)).toEqual(["WithdrawalInitiated", "ETHBridgeInitiated"]);
    const { withdrawal, call } = messageOf(receipt);
    expect(BigInt(withdrawal?.target ?? 0)).toBe(BigInt(L1_BRIDGE));
    expect(withdrawal).toMatchObject({ sender: bridge.address, value: 5n, gasLimit });
    expect(call.functionName).toBe("finalizeBridgeETH");
    expect(call.args.slice(0, 3)).toEqual([alice.address, to, 5n]);
  }
  expect(await l2.reader.getBalance({ address: bridge.address })).toBe(0n);
});

test("ether: no amount, another amount, or a contract without a recipient is refused", async () => {
  const write = { ...bridge, account: alice } as const;
  const ether = { ...write, functionName: "withdraw", args: [ETH_TOKEN, 5n, 0, "0x"] } as const;
  expect(await revertOf(l2.reader.simulateContract({ ...ether, value: 4n }))).toBe("UnexpectedValue");
  expect(await revertOf(l2.reader.simulateContract(ether))).toBe("ZeroAmount");
  const contract = {
    ...bridge,
    account: PREDEPLOYS.l1Block,
    functionName: "bridgeETH",
    args: [0, "0x"],
  } as const;
  expect(await revertOf(l2.reader.simulateContract(contract))).toBe("NotEoa");
  await l2.control.setCode({ address: carol.address, bytecode: `0xef0100${BOB.slice(2)}` });
  const delegated = { ...bridge, functionName: "bridgeETH", args: [0, "0x"], value: 1n } as const;
  expect(await revertOf(l2.reader.simulateContract({ ...delegated, account: carol.address }))).toBe(
    "no revert",
  );
});

test("only the bridge on L1, by its alias, finalizes", async () => {
  const token = await createToken();
  for (const account of [alice.address, L1_BRIDGE, bridge.address] as const) {
    const eth = {
      ...bridge,
      account,
      functionName: "finalizeBridgeETH",
      args: [BOB, BOB, 0n, "0x"],
    } as const;
    expect(await revertOf(l2.reader.simulateContract(eth))).toBe("NotOtherBridge");
    const args = [token, L1_TOKEN, BOB, BOB, 1n, "0x"] as const;
    const erc20 = { ...bridge, account, functionName: "finalizeBridgeERC20", args } as const;
    expect(await revertOf(l2.reader.simulateContract(erc20))).toBe("NotOtherBridge");
  }
});

test("a deposit of ether is paid out; one that its recipient refuses goes back to its sender on L1", async () => {
  const paid = await deposit(finalizeEth(alice.address, BOB, 7n), 7n);
  expect(eventNames(paid)).toEqual(["DepositFinalized", "ETHBridgeFinalized"]);
  expect(await l2.reader.getBalance({ address: BOB })).toBe(7n);

  const gasEater = "0x0000000000000000000000000000000000006a50";
  await l2.control.setCode({ address: gasEater, bytecode: "0x5b5f56" });
  for (const refusing of [
    PREDEPLOYS.gasPriceOracle,
    bridge.address,
    PREDEPLOYS.l2ToL1MessagePasser,
    gasEater,
  ] as const) {
    const returned = await deposit(finalizeEth(alice.address, refusing, 7n), 7n, 400_000n);
    expect(eventNames(returned)).toEqual(["DepositReturned"]);
    const { withdrawal, call } = messageOf(returned);
    expect(withdrawal?.value).toBe(7n);
    expect(call.args.slice(1, 3)).toEqual([alice.address, 7n]);
  }
  expect(await l2.reader.getBalance({ address: bridge.address })).toBe(0n);

  const call = {
    ...bridge,
    account: ALIAS,
    functionName: "finalizeBridgeETH",
    args: [BOB, BOB, 7n, "0x"],
  } as const;
  expect(await revertOf(l2.reader.simulateContract({ ...call, value: 6n }))).toBe("UnexpectedValue");
  expect(await revertOf(l2.reader.simulateContract({ ...call, value: 7n, gas: 200_000n }))).toBe(
    "NotEnoughGas",
  );
});

test("a token of L1: made, minted by a deposit, burnt by a withdrawal", async () => {
  const token = await createToken();
  const remote = { ...factory, functionName: "deployments", args: [token] } as const;
  expect(BigInt(await l2.reader.readContract(remote))).toBe(BigInt(L1_TOKEN));
  const minted = await deposit(finalizeToken(token, L1_TOKEN, BOB, alice.address, 50n));
  expect(eventNames(minted)).toEqual(["DepositFinalized", "ERC20BridgeFinalized"]);
  expect(await balance(token, alice.address)).toBe(50n);

  const args = [token, 20n, 9, "0x"] as const;
  const burnt = await confirm(
    await l2.wallet.writeContract({ ...bridge, account: alice, functionName: "withdraw", args }),
  );
  expect(eventNames(burnt)).toEqual(["WithdrawalInitiated", "ERC20BridgeInitiated"]);
  const { withdrawal, call } = messageOf(burnt);
  expect(withdrawal?.value).toBe(0n);
  expect(call.functionName).toBe("finalizeBridgeERC20");
  expect(call.args.map(String).map((text) => text.toLowerCase())).toEqual(
    [L1_TOKEN, token, alice.address, alice.address, "20", "0x"].map((text) => text.toLowerCase()),
  );
  expect(await balance(token, alice.address)).toBe(30n);

  const write = { ...bridge, account: alice } as const;
  const wrong = { ...write, functionName: "bridgeERC20", args: [token, BOB, 1n, 0, "0x"] } as const;
  expect(await revertOf(l2.reader.simulateContract(wrong))).toBe("WrongRemoteToken");
  const tooMuch = { ...write, functionName: "withdraw", args: [token, 31n, 0, "0x"] } as const;
  expect(await revertOf(l2.reader.simulateContract(tooMuch))).not.toBe("no revert");
  expect(await revertOf(l2.reader.simulateContract({ ...tooMuch, value: 1n }))).toBe("UnexpectedValue");
});

test("a deposit of a token that cannot be minted goes back to its sender on L1", async () => {
  const token = await createToken();
  const cases: [Hex, Hex, Hex][] = [
    [token, BOB, alice.address],
    [token, L1_TOKEN, zeroAddress],
    [BOB, L1_TOKEN, alice.address],
    [PREDEPLOYS.l1Block, L1_TOKEN, alice.address],
  ];
  for (const [local, remote, to] of cases) {
    const returned = await deposit(finalizeToken(local, remote, carol.address, to, 50n));
    expect(eventNames(returned)).toEqual(["DepositReturned"]);
    const { call } = messageOf(returned);
    const [first, second, , back, amount] = call.args;
    expect([BigInt(first ?? 0), BigInt(second ?? 0)]).toEqual([BigInt(remote), BigInt(local)]);
    expect([back, amount]).toEqual([carol.address, 50n]);
  }
});

test("whatever a token does when it is minted, the deposit goes back", async () => {
  const { abi, bytecode } = hostileTokenArtifact;
  const modes = ["uses all gas", "returns much", "calls the bridge again", "has no remote token"];
  for (const mode of modes.keys()) {
    const hash = await l2.wallet.deployContract({ account: alice, abi, bytecode, args: [mode, L1_TOKEN] });
    const token = (await confirm(hash)).contractAddress ?? zeroAddress;
    // What the bridge on L1 gives at least: 300,000 and the data's own.
    const returned = await deposit(finalizeToken(token, L1_TOKEN, carol.address, BOB, 1n), 0n, 330_000n);
    expect(eventNames(returned), modes[mode]).toEqual(["DepositReturned"]);
    expect(messageOf(returned).call.args.slice(3, 5)).toEqual([carol.address, 1n]);
  }
});

test("a recipient that uses all its gas cannot spoil a deposit with much extra data", async () => {
  // Uses gas until little is left, and succeeds.
  const gasUser = "0x0000000000000000000000000000000000006a51";
  await l2.control.setCode({ address: gasUser, bytecode: "0x5b6103e85a116000570000" });
  const extraData: Hex = `0x${"5a".repeat(100_000)}`;
  const args = [alice.address, gasUser, 7n, extraData] as const;
  const data = encodeFunctionData({ ...bridge, functionName: "finalizeBridgeETH", args });
  const gas = BigInt((data.length - 2) / 2) * 40n + 21_000n + 300_000n;
  const paid = await deposit(data, 7n, gas);
  expect(eventNames(paid)).toEqual(["DepositFinalized", "ETHBridgeFinalized"]);
  expect(await l2.reader.getBalance({ address: gasUser })).toBe(7n);
});

test("nothing is sent to whom the bridge on L1 cannot pay, and nobody else hands tokens out", async () => {
  const token = await createToken();
  await deposit(finalizeToken(token, L1_TOKEN, BOB, alice.address, 50n));
  for (const to of [zeroAddress, L1_BRIDGE] as const) {
    const write = { ...bridge, account: alice } as const;
    const ether = { ...write, functionName: "bridgeETHTo", args: [to, 0, "0x"], value: 1n } as const;
    expect(await revertOf(l2.reader.simulateContract(ether))).toBe("BadRecipient");
    const erc20 = { ...write, functionName: "withdrawTo", args: [token, to, 1n, 0, "0x"] } as const;
    expect(await revertOf(l2.reader.simulateContract(erc20))).toBe("BadRecipient");
  }
  for (const account of [alice.address, ALIAS] as const) {
    const args = [token, L1_TOKEN, alice.address, 1n] as const;
    const call = { ...bridge, account, functionName: "payOutERC20", args } as const;
    expect(await revertOf(l2.reader.simulateContract(call))).toBe("NotSelf");
  }
  const args = [token, L1_TOKEN, BOB, BOB, 1n, "0x"] as const;
  const call = { ...bridge, account: ALIAS, functionName: "finalizeBridgeERC20", args } as const;
  expect(await revertOf(l2.reader.simulateContract({ ...call, gas: 200_000n }))).toBe("NotEnoughGas");
  const zeroBridge = {
    account: alice,
    abi: bridge.abi,
    bytecode: l2StandardBridgeArtifact.bytecode,
  } as const;
  await expect(l2.wallet.deployContract({ ...zeroBridge, args: [zeroAddress] })).rejects.toThrow(
    toFunctionSelector("ZeroBridge()"),
  );
});

test("the same token cannot be made twice; another name gives another token", async () => {
  await createToken();
  const again = { ...factory, account: alice, functionName: "createOptimismMintableERC20" } as const;
  const args = [L1_TOKEN, "Token", "TKN"] as const;
  await expect(l2.reader.simulateContract({ ...again, args })).rejects.toThrow("revert");
  const { result } = await l2.reader.simulateContract({ ...again, args: [L1_TOKEN, "Other", "TKN"] });
  expect(result).not.toBe(zeroAddress);
});

test("a token of L2 is held while it is away, and never more comes back than left", async () => {
  const token = await createPlain();
  const write = { ...bridge, account: alice } as const;
  const args = [token, L1_TOKEN, BOB, 100n, 0, "0x"] as const;
  await confirm(await l2.wallet.writeContract({ ...write, functionName: "bridgeERC20To", args }));
  const held = { ...bridge, functionName: "deposits", args: [token, L1_TOKEN] } as const;
  expect(await l2.reader.readContract(held)).toBe(100n);
  expect(await balance(token, bridge.address)).toBe(100n);

  expect(eventNames(await deposit(finalizeToken(token, L1_TOKEN, BOB, BOB, 101n)))).toEqual([
    "DepositReturned",
  ]);
  expect(eventNames(await deposit(finalizeToken(token, BOB, BOB, BOB, 1n)))).toEqual(["DepositReturned"]);
  expect(eventNames(await deposit(finalizeToken(token, L1_TOKEN, BOB, zeroAddress, 1n)))).toEqual([
    "DepositReturned",
  ]);
  expect(await l2.reader.readContract(held)).toBe(100n);
  await deposit(finalizeToken(token, L1_TOKEN, BOB, BOB, 60n));
  expect(await l2.reader.readContract(held)).toBe(40n);
  expect(await balance(token, BOB)).toBe(60n);
});

test("a token that keeps a fee of its transfers is refused", async () => {
  const token = await createPlain(1n);
  const args = [token, L1_TOKEN, 100n, 0, "0x"] as const;
  const call = { ...bridge, account: alice, functionName: "bridgeERC20", args } as const;
  expect(await revertOf(l2.reader.simulateContract(call))).toBe("UnsupportedToken");
});

test("nobody but the bridge mints or burns; interfaces are those of the OP Stack; a token needs a counterpart", async () => {
  const token = await createToken();
  for (const functionName of ["mint", "burn"] as const) {
    const call = { address: token, abi: tokenAbi, account: alice, functionName, args: [BOB, 1n] } as const;
    expect(await revertOf(l2.reader.simulateContract(call))).toBe("NotBridge");
  }
  for (const [id, supported] of [
    ["0x01ffc9a7", true],
    ["0x1d1d8b63", true],
    ["0xec4fc8e3", true],
    ["0xffffffff", false],
  ] as const) {
    const call = { address: token, abi: tokenAbi, functionName: "supportsInterface", args: [id] } as const;
    expect(await l2.reader.readContract(call)).toBe(supported);
  }
  const none = { ...factory, account: alice, functionName: "createStandardL2Token" } as const;
  expect(await revertOf(l2.reader.simulateContract({ ...none, args: [zeroAddress, "T", "T"] }))).toBe(
    "ZeroRemoteToken",
  );
});
