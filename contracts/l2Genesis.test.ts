import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  domainSeparator,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  getContractAddress,
  getCreate2Address,
  isAddressEqual,
  keccak256,
  parseAbi,
  toFunctionSelector,
  zeroAddress,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BraidError, bytesToHex, DEVELOPMENT_MNEMONIC, type Hex, hexToBytes } from "../protocol/index.ts";
import { startL2Chain } from "../test/support/l2Chain.ts";
import { gasPriceOracleArtifact } from "./artifacts/gasPriceOracle.ts";
import { l1BlockArtifact } from "./artifacts/l1Block.ts";
import { l2StandardBridgeArtifact } from "./artifacts/l2StandardBridge.ts";
import { l2ToL1MessagePasserArtifact } from "./artifacts/l2ToL1MessagePasser.ts";
import { optimismMintableERC20FactoryArtifact } from "./artifacts/optimismMintableERC20Factory.ts";
import { preinstalls } from "./artifacts/preinstalls/index.ts";
import { sequencerFeeVaultArtifact } from "./artifacts/sequencerFeeVault.ts";
import { developmentDeployment, type L2Deployment } from "./l2Deployment.ts";
import { l2Genesis, PREDEPLOYS, preinstallAccounts } from "./l2Genesis.ts";
import { runCreate, runCreate2 } from "./preinstalls/runDeployment.ts";
import { CREATE2_SOURCES } from "./preinstalls/sources.ts";

const CHAIN_ID = 7357;
const BRIDGE: Hex = `0x${"b1".repeat(20)}`;
const RECIPIENT = getAddress(`0x${"fe".repeat(20)}`);
const MINIMUM = 10n ** 18n;
const deployment = developmentDeployment({
  chainId: CHAIN_ID,
  l1StandardBridge: BRIDGE,
  feeVault: { recipient: RECIPIENT, minWithdrawalAmount: MINIMUM },
});
const { accounts } = l2Genesis(deployment);
const accountAt = (address: string, among = accounts) => {
  const found = among.find((account) => isAddressEqual(bytesToHex(account.address), address as Hex));
  if (found === undefined) throw new BraidError("TEST_ACCOUNT_MISSING", address);
  return found;
};

let l2: Awaited<ReturnType<typeof startL2Chain>>;
beforeAll(async () => {
  l2 = await startL2Chain(CHAIN_ID, accounts);
});
afterAll(() => l2?.stop());

const creations: [keyof typeof PREDEPLOYS, { bytecode: Hex }, Hex][] = [
  ["gasPriceOracle", gasPriceOracleArtifact, "0x"],
  ["l1Block", l1BlockArtifact, "0x"],
  ["l2ToL1MessagePasser", l2ToL1MessagePasserArtifact, "0x"],
  ["optimismMintableERC20Factory", optimismMintableERC20FactoryArtifact, "0x"],
  ["l2StandardBridge", l2StandardBridgeArtifact, encodeAbiParameters([{ type: "address" }], [BRIDGE])],
  [
    "sequencerFeeVault",
    sequencerFeeVaultArtifact,
    encodeAbiParameters(
      [{ type: "address" }, { type: "uint256" }, { type: "uint8" }],
      [RECIPIENT, MINIMUM, 0],
    ),
  ],
];
test.each(creations)(
  "%s is what its constructor leaves: code and storage",
  async (name, { bytecode }, args) => {
    const initCode = hexToBytes(bytecode + args.slice(2));
    const [deployed] = await runCreate({ chainId: CHAIN_ID, sender: RECIPIENT, initCode });
    const account = accountAt(PREDEPLOYS[name]);
    expect(bytesToHex(account.code)).toBe(bytesToHex(deployed?.code ?? new Uint8Array()));
    expect(
      account.storage.map(({ slot, value }) => ({ slot: bytesToHex(slot), value: bytesToHex(value) })),
    ).toEqual(deployed?.storage);
    expect(account.nonce).toBe(1n);
  },
);

test("slots that the outside derives or reads stay where they are", () => {
  const layout = (artifact: { storageLayout: readonly { label: string; slot: string; offset: number }[] }) =>
    artifact.storageLayout.map(({ label, slot, offset }) => `${slot}:${offset} ${label}`);
  expect(layout(l2ToL1MessagePasserArtifact)).toEqual(["0:0 sentMessages", "1:0 _messageCount"]);
  expect(layout(l2StandardBridgeArtifact)).toEqual(["0:0 deposits", "1:0 otherBridge"]);
  expect(layout(l1BlockArtifact)).toEqual([
    "0:0 number",
    "0:8 timestamp",
    "1:0 basefee",
    "2:0 hash",
    "3:0 sequenceNumber",
    "3:8 blobBaseFeeScalar",
    "3:12 baseFeeScalar",
    "4:0 batcherHash",
    "5:0 l1FeeOverhead",
    "6:0 l1FeeScalar",
    "7:0 blobBaseFee",
    "8:0 operatorFeeConstant",
    "8:8 operatorFeeScalar",
  ]);
});

test("a genesis without a bridge or a recipient is refused", () => {
  expect(() => l2Genesis({ ...deployment, l1StandardBridge: zeroAddress })).toThrow("l1StandardBridge");
  const feeVault = { recipient: zeroAddress, minWithdrawalAmount: 0n };
  expect(() => l2Genesis({ ...deployment, feeVault })).toThrow("feeVault.recipient");
  expect(() => l2Genesis({ ...deployment, l1StandardBridge: "0x12" })).toThrow("not an address");
});

test("numbers out of range, and an address given twice, are refused", () => {
  const refused = (change: Partial<L2Deployment>) => () => l2Genesis({ ...deployment, ...change });
  expect(refused({ chainId: 0 })).toThrow("chainId is 0");
  expect(refused({ timestamp: 1.5 })).toThrow("timestamp is 1.5");
  expect(refused({ baseFeeElasticity: 0n })).toThrow("baseFeeElasticity is 0");
  expect(refused({ gasLimit: 2n ** 64n })).toThrow("gasLimit");
  expect(refused({ feeVault: { recipient: RECIPIENT, minWithdrawalAmount: 2n ** 256n } })).toThrow(
    "feeVault",
  );
  expect(refused({ balances: [{ address: RECIPIENT, balance: 0n }] })).toThrow(`balance of ${RECIPIENT}`);
  const twice = { address: RECIPIENT, balance: 1n };
  expect(refused({ balances: [twice, { ...twice, balance: 2n }] })).toThrow("twice");
  expect(refused({ balances: [{ address: PREDEPLOYS.l1Block, balance: 1n }] })).toThrow("twice");
});

test.each(preinstalls.map((preinstall) => [preinstall.name, preinstall] as const))(
  "%s is unaltered, and its address follows from its creation code",
  (_, preinstall) => {
    expect(keccak256(preinstall.code)).toBe(preinstall.codeHash);
    const known = CREATE2_SOURCES.find(({ name }) => name === preinstall.name);
    if (known?.knownCodeHash !== undefined) expect(preinstall.codeHash).toBe(known.knownCodeHash);
    if (preinstall.create2 !== undefined) {
      const { deployer, salt, initCodeHash } = preinstall.create2;
      const address = getCreate2Address({ from: deployer, salt, bytecodeHash: initCodeHash });
      expect(isAddressEqual(address, preinstall.address)).toBe(true);
    }
  },
);

test("both proxies of the CREATE2 factories are the well-known code", () => {
  const known = "0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989";
  for (const address of [
    "0x4e59b44847b379578588920cA78FbF26c0B4956C",
    "0x914d7Fec6aaC8cd542e72Bca78B30650d45643d7",
  ]) {
    expect(keccak256(accountAt(address).code)).toBe(known);
  }
});

/** The packages that are installed for other tests: enough to see that the committed code is what deployment leaves. */
test.each(["entryPointV08", "safeV141", "safeMultiSendV141", "safeSimulateTxAccessorV141"])(
  "%s is what its package's creation code leaves on any chain",
  async (name) => {
    const source = CREATE2_SOURCES.find((entry) => entry.name === name);
    if (source === undefined) throw new BraidError("TEST_SOURCE_MISSING", name);
    const require = createRequire(import.meta.url);
    const file = require.resolve(`${source.package.replace(/@[^@]+$/, "")}/${source.file}`);
    const { bytecode } = JSON.parse(readFileSync(file, "utf8")) as { bytecode: Hex };
    for (const chainId of [1, CHAIN_ID, 2 ** 40 + 1]) {
      const { factory, salt } = source;
      const left = await runCreate2({ chainId, factory, salt, initCode: hexToBytes(bytecode) });
      for (const deployed of left) {
        const account = accountAt(deployed.address, preinstallAccounts(chainId));
        expect(bytesToHex(account.code)).toBe(bytesToHex(deployed.code));
        expect(account.nonce).toBe(BigInt(deployed.nonce));
        expect(account.storage.map(({ slot }) => bytesToHex(slot))).toEqual(
          deployed.storage.map(({ slot }) => slot),
        );
      }
    }
  },
);

test("Permit2 and EntryPoint 0.8 answer this chain's domain", async () => {
  const domains = [
    ["0x000000000022D473030F116dDEE9F6B43aC78BA3", "DOMAIN_SEPARATOR", { name: "Permit2" }],
    ["0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108", "getDomainSeparatorV4", { name: "ERC4337", version: "1" }],
  ] as const;
  for (const [address, functionName, domain] of domains) {
    const separator = await l2.reader.call({
      to: address,
      data: toFunctionSelector(`${functionName}()`),
    });
    const expected = domainSeparator({
      domain: { ...domain, chainId: CHAIN_ID, verifyingContract: address },
    });
    expect(separator.data).toBe(expected);
    // The cache must be what is used: on another chain the contract computes it anew, so look for it in the code.
    expect(bytesToHex(accountAt(address).code)).toContain(expected.slice(2));
  }
});

test("Multicall3 serves viem, the CREATE2 deployer deploys, an EntryPoint takes a deposit", async () => {
  const account = mnemonicToAccount(DEVELOPMENT_MNEMONIC);
  const chainIdAbi = parseAbi(["function getChainId() view returns (uint256)"]);
  const multicall3 = "0xcA11bde05977b3631167028862bE2a173976CA11";
  const [answer] = await l2.reader.multicall({
    contracts: [{ address: multicall3, abi: chainIdAbi, functionName: "getChainId" }],
  });
  expect(answer).toEqual({ status: "success", result: BigInt(CHAIN_ID) });

  const salt: Hex = `0x${"07".repeat(32)}`;
  const initCode = l1BlockArtifact.bytecode;
  const to = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
  const hash = await l2.wallet.sendTransaction({ account, to, data: `${salt}${initCode.slice(2)}` });
  await l2.reader.waitForTransactionReceipt({ hash });
  const address = getContractAddress({ opcode: "CREATE2", from: to, salt, bytecode: initCode });
  expect(await l2.reader.getCode({ address })).toBe(l1BlockArtifact.deployedBytecode);

  const abi = parseAbi([
    "function depositTo(address) payable",
    "function balanceOf(address) view returns (uint256)",
  ]);
  for (const { address } of preinstalls.filter(({ name }) => name.startsWith("entryPoint"))) {
    const data = encodeFunctionData({ abi, functionName: "depositTo", args: [RECIPIENT] });
    const hash = await l2.wallet.sendTransaction({ account, to: address, data, value: 5n });
    expect((await l2.reader.waitForTransactionReceipt({ hash })).status).toBe("success");
    expect(await l2.reader.readContract({ address, abi, functionName: "balanceOf", args: [RECIPIENT] })).toBe(
      5n,
    );
  }
});

test("a Safe 1.4.1 and a 1.3.0 are made by their factories and can be used", async () => {
  const account = mnemonicToAccount(DEVELOPMENT_MNEMONIC);
  const abi = parseAbi([
    "function createProxyWithNonce(address singleton, bytes initializer, uint256 saltNonce) returns (address proxy)",
    "function setup(address[] owners, uint256 threshold, address to, bytes data, address fallbackHandler, address paymentToken, uint256 payment, address paymentReceiver)",
    "function getOwners() view returns (address[])",
    "function getThreshold() view returns (uint256)",
  ]);
  for (const version of ["V141", "V130"]) {
    const named = (name: string) =>
      preinstalls.find((entry) => entry.name === name + version)?.address ?? zeroAddress;
    const none = { to: zeroAddress, data: "0x" as const };
    const owners = [account.address, RECIPIENT];
    const initializer = encodeFunctionData({
      abi,
      functionName: "setup",
      args: [owners, 2n, none.to, none.data, named("safeFallbackHandler"), zeroAddress, 0n, zeroAddress],
    });
    const call = {
      account,
      address: named("safeProxyFactory"),
      abi,
      functionName: "createProxyWithNonce",
      args: [named("safeL2"), initializer, 1n],
    } as const;
    const { result: safe } = await l2.reader.simulateContract(call);
    await l2.reader.waitForTransactionReceipt({ hash: await l2.wallet.writeContract(call) });
    expect(await l2.reader.readContract({ address: safe, abi, functionName: "getOwners" })).toEqual(owners);
    expect(await l2.reader.readContract({ address: safe, abi, functionName: "getThreshold" })).toBe(2n);
    // The singleton itself has its threshold from the constructor: nobody can set it up and own it.
    await expect(l2.reader.call({ account, to: named("safeL2"), data: initializer })).rejects.toThrow(
      "revert",
    );
  }
});

test("docs/l2-genesis.md lists every contract with its address, package and licence", () => {
  const document = readFileSync(new URL("../docs/l2-genesis.md", import.meta.url), "utf8");
  const rows = document.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const rowOf = (address: Uint8Array) => rows.find((cells) => cells[2] === `\`${bytesToHex(address)}\``);
  for (const { address } of accounts.filter(({ code }) => code.length > 0)) {
    expect(rowOf(address), bytesToHex(address)).toBeDefined();
  }
  for (const { address, source } of preinstalls) {
    expect(rowOf(hexToBytes(address))?.slice(3, 5)).toEqual([`\`${source.package}\``, source.license]);
  }
});
