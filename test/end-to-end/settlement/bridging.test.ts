/** Tokens both ways, a contract's deposit, and what the sequencer refuses: on a whole node, as users do it. */
import {
  type Address,
  encodeFunctionData,
  type Hash,
  keccak256,
  numberToHex,
  parseAbi,
  parseEther,
} from "viem";
import { getL2TransactionHashes, getWithdrawals } from "viem/op-stack";
import { afterAll, beforeAll, expect, it } from "vitest";
import { plainTokenArtifact } from "../../../contracts/artifacts/plainToken.ts";
import { optimismPortalAbi } from "../../../contracts/index.ts";
import { rpc } from "../../support/rpc.ts";
import { checkSettlement } from "../../support/settlement/checkSettlement.ts";
import { devAccount, type SettlementClients, settlementClients } from "../../support/settlementClients.ts";
import { startTestNode, type TestNode } from "../../support/testNode.ts";

const L2_BRIDGE: Address = "0x4200000000000000000000000000000000000010";
const FACTORY: Address = "0x4200000000000000000000000000000000000012";
const ALIAS_OFFSET = 0x1111000000000000000000000000000000001111n;
const RECIPIENT: Address = "0x00000000000000000000000000000000000000b0";
const tokenAbi = parseAbi([
  "function balanceOf(address) view returns (uint256)",
  "function approve(address, uint256) returns (bool)",
  "function totalSupply() view returns (uint256)",
]);
const bridgeAbi = parseAbi([
  "function bridgeERC20(address localToken, address remoteToken, uint256 amount, uint32 minGasLimit, bytes extraData)",
]);
const factoryAbi = parseAbi([
  "function createOptimismMintableERC20(address remoteToken, string name, string symbol) returns (address)",
  "event StandardL2TokenCreated(address indexed remoteToken, address indexed localToken)",
]);

let node: TestNode;
let clients: SettlementClients;
const acknowledged = new Set<Hash>();
let tokens: { l1: Address; l2: Address };
let withdrawalSent: Hash;

beforeAll(async () => {
  node = await startTestNode(
    {
      BRAID_BATCH_INTERVAL_MS: "1000",
      BRAID_FINALIZATION_PERIOD_SECONDS: "3",
      BRAID_DATA_AVAILABILITY: "calldata",
    },
    { proves: true },
  );
  clients = settlementClients(node, devAccount(3));
}, 120_000);
afterAll(() => node?.stop());

async function confirmed1(hash: Hash) {
  const receipt = await clients.reader1.waitForTransactionReceipt({ hash });
  expect(receipt.status).toBe("success");
  return receipt;
}

async function confirmed2(hash: Hash) {
  acknowledged.add(hash);
  const receipt = await receipt2(hash);
  expect(receipt.status).toBe("success");
  return receipt;
}

/** Once `latest` is as far: a receipt can be seen a moment before the state that it belongs to. */
async function receipt2(hash: Hash) {
  const receipt = await clients.reader2.waitForTransactionReceipt({ hash });
  await expect.poll(() => clients.reader2.getBlockNumber()).toBeGreaterThanOrEqual(receipt.blockNumber);
  return receipt;
}

/** The L2 receipt of what an L1 transaction deposited. */
async function arrives(hash: Hash) {
  const [l2Hash = "0x"] = getL2TransactionHashes(await confirmed1(hash));
  return receipt2(l2Hash);
}

const balance1 = (address: Address, owner: Address) =>
  clients.reader1.readContract({ address, abi: tokenAbi, functionName: "balanceOf", args: [owner] });
const balance2 = (address: Address, owner: Address) =>
  clients.reader2.readContract({ address, abi: tokenAbi, functionName: "balanceOf", args: [owner] });

it("an ERC-20 token of L1 goes to L2 and is sent back", async () => {
  const { account, wallet1, wallet2 } = clients;
  const { contractAddress: l1 } = await confirmed1(
    await wallet1.deployContract({ ...plainTokenArtifact, args: [1_000n, 0n] }),
  );
  if (l1 == null) throw new TypeError("no token");
  const factory = { address: FACTORY, abi: factoryAbi } as const;
  const args = [l1, "Plain on L2", "PLN"] as const;
  const created = await confirmed2(
    await wallet2.writeContract({ ...factory, functionName: "createOptimismMintableERC20", args }),
  );
  const [made] = created.logs.filter(({ address }) => address.toLowerCase() === FACTORY);
  const l2: Address = `0x${made?.topics[2]?.slice(26) ?? ""}`;
  tokens = { l1, l2 };

  const bridge1 = node.contracts.l1StandardBridge;
  await confirmed1(
    await wallet1.writeContract({
      address: l1,
      abi: tokenAbi,
      functionName: "approve",
      args: [bridge1, 400n],
    }),
  );
  const bridgeOn = (address: Address) => ({ address, abi: bridgeAbi, functionName: "bridgeERC20" }) as const;
  const deposit = await arrives(
    await wallet1.writeContract({ ...bridgeOn(bridge1), args: [l1, l2, 400n, 100_000, "0x"] }),
  );
  expect(deposit.status).toBe("success");
  expect(await balance1(l1, account.address)).toBe(600n);
  expect(await balance1(l1, bridge1)).toBe(400n);
  expect(await balance2(l2, account.address)).toBe(400n);

  const sent = await confirmed2(
    await wallet2.writeContract({ ...bridgeOn(L2_BRIDGE), args: [l2, l1, 150n, 100_000, "0x"] }),
  );
  withdrawalSent = sent.transactionHash;
  expect(await balance2(l2, account.address)).toBe(250n);
}, 60_000);

it("a contract's deposit comes from its alias", async () => {
  const { wallet1, reader1, reader2 } = clients;
  // Forwards its value to the portal's receive function while it is created.
  const data = `0x5f5f5f5f4773${node.contracts.portal.slice(2)}5af15f5260205ff3` as const;
  const hash = await wallet1.sendTransaction({ data, value: 5n, gas: 1_000_000n });
  const l2 = await arrives(hash);
  const { contractAddress } = await reader1.getTransactionReceipt({ hash });
  const alias = (BigInt(contractAddress ?? "0x0") + ALIAS_OFFSET) % 2n ** 160n;
  expect(l2).toMatchObject({
    ...{ status: "success", from: numberToHex(alias, { size: 20 }) },
    to: contractAddress?.toLowerCase(),
  });
  expect(await reader2.getBalance({ address: contractAddress ?? "0x" })).toBe(5n);
}, 60_000);

it("what the sequencer's RPC refuses goes in through L1, and what is invalid leaves no trace", async () => {
  const { reader2, wallet1 } = clients;
  const sender = devAccount(7);
  const transfer = (nonce: number, maxFeePerGas: bigint) =>
    sender.signTransaction({
      ...{ type: "eip1559", chainId: node.config.l2ChainId, nonce, gas: 21_000n, to: RECIPIENT, value: 7n },
      ...{ maxFeePerGas, maxPriorityFeePerGas: 1_000_000n },
    });
  // Offers more ether for its gas than the RPC lets a user lose by mistake.
  const refused = await transfer(0, parseEther("0.0001"));
  await expect(rpc(node.rpcUrl, "eth_sendRawTransaction", [refused])).rejects.toThrow(
    "exceeds the configured cap",
  );
  const portal = { address: node.contracts.portal, abi: optimismPortalAbi } as const;
  const force = async (raw: `0x${string}`) =>
    confirmed1(await wallet1.writeContract({ ...portal, functionName: "forceTransaction", args: [raw] }));
  const tooEarly = await transfer(5, 10n ** 10n);
  await force(tooEarly);
  await force(refused);
  const receipt = await confirmed2(keccak256(refused));
  expect(receipt).toMatchObject({ from: sender.address.toLowerCase(), to: RECIPIENT });
  expect(await reader2.getBalance({ address: RECIPIENT })).toBe(7n);
  expect(await reader2.getTransactionCount({ address: sender.address })).toBe(1);
  expect(await rpc(node.rpcUrl, "eth_getTransactionByHash", [keccak256(tooEarly)])).toBeNull();
}, 60_000);

it("the tokens that were sent back are proven and paid out on L1", async () => {
  const { l2, account, reader1, wallet1, reader2 } = clients;
  const receipt = await reader2.getTransactionReceipt({ hash: withdrawalSent });
  const { output, withdrawal } = await reader1.waitToProve({ receipt, targetChain: l2 });
  expect(getWithdrawals(receipt)).toHaveLength(1);
  const proof = await reader2.buildProveWithdrawal({ output, withdrawal });
  await confirmed1(await wallet1.proveWithdrawal({ ...proof, targetChain: l2 }));
  await reader1.waitToFinalize({ targetChain: l2, withdrawalHash: withdrawal.withdrawalHash });
  await confirmed1(await wallet1.finalizeWithdrawal({ targetChain: l2, withdrawal }));
  expect(await balance1(tokens.l1, account.address)).toBe(750n);
  // What is locked on L1 is what there is on L2.
  const supply = await reader2.readContract({
    address: tokens.l2,
    abi: tokenAbi,
    functionName: "totalSupply",
  });
  expect(await balance1(tokens.l1, node.contracts.l1StandardBridge)).toBe(supply);
  expect(supply).toBe(250n);
  // Once only.
  const { nonce, sender, target, value, gasLimit, data } = withdrawal;
  const finalize = encodeFunctionData({
    abi: optimismPortalAbi,
    functionName: "finalizeWithdrawalTransaction",
    args: [{ nonce, sender, target, value, gasLimit, data }],
  });
  await expect(reader1.call({ to: node.contracts.portal, data: finalize, account })).rejects.toThrow();
}, 120_000);

it("and nothing was lost, posted twice or finalized wrongly", async () => {
  await checkSettlement(node, { acknowledged });
}, 90_000);
