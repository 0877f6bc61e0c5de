/** Value over the bridge and back with viem's op-stack actions as they come, on a whole node with its prover. */
import { parseEther } from "viem";
import { getL2TransactionHashes } from "viem/op-stack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rpc } from "../support/rpc.ts";
import { devAccount, type SettlementClients, settlementClients } from "../support/settlementClients.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";

const account = devAccount(3);

let node: TestNode;
let clients: SettlementClients;

beforeAll(async () => {
  node = await startTestNode(
    { BRAID_BATCH_INTERVAL_MS: "1000", BRAID_FINALIZATION_PERIOD_SECONDS: "5" },
    { proves: true },
  );
  clients = settlementClients(node, account);
}, 120_000);
afterAll(() => node?.stop());

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
