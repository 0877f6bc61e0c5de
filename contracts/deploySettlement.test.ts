import { type Address, createPublicClient, createTestClient, type Hex, http, multicall3Abi } from "viem";
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../infra/index.ts";
import { bytesToHex, keccak256 } from "../protocol/index.ts";
import { startTestStack, type TestStack } from "../test/support/stack.ts";
import { create2Deployer } from "./artifacts/preinstalls/create2Deployer.ts";
import { multicall3 } from "./artifacts/preinstalls/multicall3.ts";
import { rollupArtifact } from "./artifacts/rollup.ts";
import {
  type DeploySettlementOptions,
  deploySettlement,
  isSettlementDeployed,
  predictSettlementAddresses,
} from "./deploySettlement.ts";
import { developmentDeployment, encodeL2Deployment } from "./l2Deployment.ts";
import { readL2Deployment } from "./readL2Deployment.ts";

const GENESIS = { stateRoot: keccak256(Uint8Array.of(1)), blockHash: keccak256(Uint8Array.of(2)) };
const deployer = mnemonicToAccount(DEV_MNEMONIC, { addressIndex: 0 });
const L2 = developmentDeployment({
  l1StandardBridge: "0x00000000000000000000000000000000000000b1",
  feeVault: { recipient: "0x00000000000000000000000000000000000000fe", minWithdrawalAmount: 0n },
});
const deployerKey = bytesToHex(deployer.getHdKey().privateKey ?? new Uint8Array());

let stack: TestStack;
let options: DeploySettlementOptions;

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  const { address } = deployer;
  options = {
    l1Url: stack.l1Url,
    deployerKey,
    sequencer: address,
    provers: [address],
    genesis: GENESIS,
    l2Deployment: encodeL2Deployment(L2),
    finalizationPeriodSeconds: 60,
    submissionIntervalSeconds: 12,
    pollingIntervalMs: 20,
  };
});
afterAll(() => stack?.stop());

const client = () => createPublicClient({ chain: foundry, transport: http(stack.l1Url), cacheTime: 0 });

test("its addresses are known before it is there, and can be required", async () => {
  const { l1Url } = stack;
  const before = await client().getBlockNumber();
  const predicted = await predictSettlementAddresses({ l1Url, deployer: deployer.address });
  const wrong = { ...predicted, portal: predicted.rollup };
  await expect(deploySettlement({ ...options, expected: wrong })).rejects.toMatchObject({
    code: "ROLLUP_DEPLOY_FAILED",
    message: expect.stringContaining("portal would be"),
  });
  expect(await client().getTransactionCount({ address: deployer.address })).toBe(0);
  const deployment = await deploySettlement({ ...options, expected: predicted });
  expect(deployment).toMatchObject(predicted);
  expect(deployment.deployedAtBlock).toBeGreaterThan(Number(before));
  const { rollup } = deployment;
  expect(await isSettlementDeployed({ l1Url, rollup, genesis: GENESIS })).toBe(true);
  expect(
    await isSettlementDeployed({ l1Url, rollup, genesis: { ...GENESIS, stateRoot: GENESIS.blockHash } }),
  ).toBe(false);
});

test("what the genesis is made from is found on L1 alone", async () => {
  const { l1Url } = stack;
  const { rollup, deployedAtBlock } = await deploySettlement(options);
  const client = createTestClient({ chain: foundry, transport: http(l1Url), mode: "anvil" });
  await client.mine({ blocks: 20 });
  const published = await readL2Deployment({ l1Url, rollup });
  expect(published).toMatchObject({ deployment: L2 });
  expect(published?.deployedAtBlock).toBeGreaterThanOrEqual(deployedAtBlock);
  expect(await readL2Deployment({ l1Url, rollup: deployer.address })).toBeUndefined();
});

test("works on an L1 that makes its blocks by the clock", async () => {
  const control = createTestClient({ chain: foundry, transport: http(stack.l1Url), mode: "anvil" });
  await control.setAutomine(false);
  await control.setIntervalMining({ interval: 1 });
  try {
    const { rollup } = await deploySettlement({ ...options, owner: OWNER });
    const owner = await client().readContract({
      address: rollup,
      abi: rollupArtifact.abi,
      functionName: "owner",
    });
    expect(owner).toBe(OWNER);
  } finally {
    await control.setIntervalMining({ interval: 0 });
    await control.setAutomine(true);
  }
});

test("a deployer without ether, or an L1 that is away, is an error that says so", async () => {
  await expect(deploySettlement({ ...options, deployerKey: generatePrivateKey() })).rejects.toMatchObject({
    code: "ROLLUP_DEPLOY_FAILED",
    retryable: true,
    hint: expect.stringContaining("ether"),
  });
  const away = { ...options, l1Url: "http://127.0.0.1:9" };
  await expect(deploySettlement(away)).rejects.toMatchObject({ code: "ROLLUP_DEPLOY_FAILED" });
  await expect(deploySettlement({ ...options, threshold: 2 })).rejects.toMatchObject({
    code: "ROLLUP_DEPLOY_FAILED",
  });
});

test("a development L1 has Multicall3 and the CREATE2 deployer afterwards", async () => {
  const reader = client();
  for (const { address, code } of [multicall3, create2Deployer]) {
    expect(await reader.getCode({ address })).toBe(code);
  }
  const [block, balance] = await reader.multicall({
    multicallAddress: multicall3.address,
    allowFailure: false,
    contracts: [
      { address: multicall3.address, abi: multicall3Abi, functionName: "getCurrentBlockTimestamp" },
      {
        address: multicall3.address,
        abi: multicall3Abi,
        functionName: "getEthBalance",
        args: [deployer.address],
      },
    ],
  });
  expect(block).toBeGreaterThan(0n);
  expect(balance).toBeGreaterThan(0n);
});

const OWNER: Address = privateKeyToAccount(`0x${"11".repeat(32)}` as Hex).address;
