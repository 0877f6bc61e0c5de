/** Value over the bridge and back with viem's op-stack actions as they come, on a whole node with its prover. */
import {
  type Address,
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  http,
  parseEther,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import {
  chainConfig,
  getL2TransactionHashes,
  publicActionsL1,
  publicActionsL2,
  walletActionsL1,
  walletActionsL2,
} from "viem/op-stack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import { rpc } from "../support/rpc.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";

/** Where the development deployment puts Multicall3 on L1 too. */
const MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11";
const account = mnemonicToAccount(DEV_MNEMONIC, { addressIndex: 3 });
const l1 = { ...foundry, contracts: { multicall3: { address: MULTICALL3 as Address } } };

let node: TestNode;
let clients: ReturnType<typeof connect>;

beforeAll(async () => {
  node = await startTestNode(
    { BRAID_BATCH_INTERVAL_MS: "1000", BRAID_FINALIZATION_PERIOD_SECONDS: "5" },
    { proves: true },
  );
  clients = connect(node);
}, 120_000);
afterAll(() => node?.stop());

function connect({ rpcUrl, l1Url, contracts }: TestNode) {
  const { portal, l2OutputOracle, l1StandardBridge } = contracts;
  const on = (address: Address) => ({ [foundry.id]: { address } });
  const l2 = defineChain({
    ...chainConfig,
    id: 7357,
    name: "Braid",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
    sourceId: foundry.id,
    contracts: {
      ...chainConfig.contracts,
      portal: on(portal),
      l2OutputOracle: on(l2OutputOracle),
      l1StandardBridge: on(l1StandardBridge),
    },
  });
  const transport = http(l1Url);
  const polling = { pollingInterval: 100, cacheTime: 0 };
  return {
    l2,
    control: createTestClient({ chain: l1, transport, mode: "anvil" }),
    reader1: createPublicClient({ chain: l1, transport, ...polling }).extend(publicActionsL1()),
    wallet1: createWalletClient({ account, chain: l1, transport }).extend(walletActionsL1()),
    reader2: createPublicClient({ chain: l2, transport: http(), ...polling }).extend(publicActionsL2()),
    wallet2: createWalletClient({ account, chain: l2, transport: http() }).extend(walletActionsL2()),
  };
}

describe("viem's op-stack actions", () => {
  it("deposit: the L2 receipt is found by the hash that L1's receipt gives", async () => {
    const { l2, reader1, wallet1, reader2 } = clients;
    const before = await reader2.getBalance(account);
    const mint = parseEther("2");
    const { request } = await reader2.buildDepositTransaction({ account, mint, to: account.address });
    const hash = await wallet1.depositTransaction({ account, request, targetChain: l2 });
    const receipt = await reader1.waitForTransactionReceipt({ hash });
    const [l2Hash = "0x"] = getL2TransactionHashes(receipt);
    const l2Receipt = await reader2.waitForTransactionReceipt({ hash: l2Hash });
    expect(l2Receipt.status).toBe("success");
    expect(await reader2.getBalance(account)).toBe(before + parseEther("2"));
  }, 60_000);

  it("withdrawal: proven and finalized on L1, and the node says at each step when the next may come", async () => {
    const { l2, reader1, wallet1, reader2, wallet2 } = clients;
    const value = parseEther("1");
    const request = await reader1.buildInitiateWithdrawal({ account, to: account.address, value });
    const sent = await wallet2.initiateWithdrawal(request);
    const receipt = await reader2.waitForTransactionReceipt({ hash: sent });
    const statusOf = () => rpc(node.rpcUrl, "rollup_getWithdrawalStatus", [sent]);
    expect(JSON.stringify(await statusOf())).toContain("waiting");

    const { output, withdrawal } = await reader1.waitToProve({ receipt, targetChain: l2 });
    const proof = await reader2.buildProveWithdrawal({ output, withdrawal });
    const proven = await wallet1.proveWithdrawal({ ...proof, targetChain: l2 });
    expect((await reader1.waitForTransactionReceipt({ hash: proven })).status).toBe("success");

    await reader1.waitToFinalize({ targetChain: l2, withdrawalHash: withdrawal.withdrawalHash });
    const before = await reader1.getBalance(account);
    const finalized = await wallet1.finalizeWithdrawal({ targetChain: l2, withdrawal });
    const { status, gasUsed, effectiveGasPrice } = await reader1.waitForTransactionReceipt({
      hash: finalized,
    });
    expect(status).toBe("success");
    expect(await reader1.getBalance(account)).toBe(before + value - gasUsed * effectiveGasPrice);
    expect(JSON.stringify(await statusOf())).toContain("finalized");
  }, 120_000);

  it("finality: the block of the withdrawal becomes safe, then finalized", async () => {
    const { reader2 } = clients;
    const { number } = await reader2.getBlock({ blockTag: "latest" });
    const tag = async (blockTag: "safe" | "finalized") => (await reader2.getBlock({ blockTag })).number;
    await expect.poll(() => tag("safe"), { timeout: 30_000 }).toBeGreaterThanOrEqual(number);
    await expect.poll(() => tag("finalized"), { timeout: 60_000 }).toBeGreaterThanOrEqual(number);
  }, 100_000);
});
