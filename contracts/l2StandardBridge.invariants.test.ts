/** Random traffic over the bridge of L2: what it owes and what it holds stay equal, whatever came before. */
import fc from "fast-check";
import { encodeFunctionData, getAddress, type Hex, parseEther, parseEventLogs, toHex } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { getWithdrawals } from "viem/op-stack";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEVELOPMENT_MNEMONIC } from "../protocol/index.ts";
import { startL2Chain } from "../test/support/l2Chain.ts";
import { l2StandardBridgeArtifact } from "./artifacts/l2StandardBridge.ts";
import { optimismMintableERC20FactoryArtifact } from "./artifacts/optimismMintableERC20Factory.ts";
import { plainTokenArtifact } from "./artifacts/plainToken.ts";
import { developmentDeployment } from "./l2Deployment.ts";
import { l2Genesis, PREDEPLOYS } from "./l2Genesis.ts";

const L1_BRIDGE: Hex = `0x${"b1".repeat(20)}`;
const ALIAS = toHex((BigInt(L1_BRIDGE) + 0x1111000000000000000000000000000000001111n) % 2n ** 160n, {
  size: 20,
});
const L1_TOKEN = getAddress(`0x${"0a".repeat(20)}`);
const OTHER_L1_TOKEN = getAddress(`0x${"0c".repeat(20)}`);
const ETH_TOKEN = "0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000";
const BOB = getAddress(`0x${"0b".repeat(20)}`);
const SUPPLY = 10_000n;
const alice = mnemonicToAccount(DEVELOPMENT_MNEMONIC);
const bridge = { address: PREDEPLOYS.l2StandardBridge, abi: l2StandardBridgeArtifact.abi } as const;
const factory = {
  address: PREDEPLOYS.optimismMintableERC20Factory,
  abi: optimismMintableERC20FactoryArtifact.abi,
} as const;

let l2: Awaited<ReturnType<typeof startL2Chain>>;
/** Of L1, and of L2. */
let minted: Hex;
let plain: Hex;

beforeAll(async () => {
  const feeVault = { recipient: BOB, minWithdrawalAmount: 0n } as const;
  const deployment = developmentDeployment({ l1StandardBridge: L1_BRIDGE, feeVault });
  l2 = await startL2Chain(deployment.chainId, l2Genesis(deployment).accounts);
  await l2.control.impersonateAccount({ address: ALIAS });
  await l2.control.setBalance({ address: ALIAS, value: parseEther("100") });
  const create = {
    ...factory,
    account: alice,
    functionName: "createStandardL2Token",
    args: [L1_TOKEN, "T", "T"],
  } as const;
  minted = (await l2.reader.simulateContract(create)).result;
  await l2.wallet.writeContract(create);
  const { abi, bytecode } = plainTokenArtifact;
  const hash = await l2.wallet.deployContract({ account: alice, abi, bytecode, args: [SUPPLY, 0n] });
  plain = (await l2.reader.waitForTransactionReceipt({ hash })).contractAddress ?? minted;
  const approve = { address: plain, abi, functionName: "approve", args: [bridge.address, SUPPLY] } as const;
  await l2.wallet.writeContract({ ...approve, account: alice });
});
afterAll(() => l2?.stop());

type Step = {
  kind: "deposit" | "withdraw";
  asset: "ether" | "minted" | "plain";
  amount: number;
  odd: boolean;
};
const anyStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("deposit", "withdraw"),
  asset: fc.constantFrom("ether", "minted", "plain"),
  amount: fc.integer({ min: 0, max: 400 }),
  /** Another counterpart of the token, or a recipient that takes no ether. */
  odd: fc.boolean(),
});

function dataOf({ kind, asset, amount, odd }: Step): { data: Hex; value: bigint } {
  const wei = BigInt(amount);
  const remote = odd ? OTHER_L1_TOKEN : L1_TOKEN;
  if (asset === "ether") {
    const to = odd ? PREDEPLOYS.l1Block : BOB;
    const data =
      kind === "deposit"
        ? encodeFunctionData({
            ...bridge,
            functionName: "finalizeBridgeETH",
            args: [alice.address, to, wei, "0x"],
          })
        : encodeFunctionData({ ...bridge, functionName: "withdraw", args: [ETH_TOKEN, wei, 0, "0x"] });
    return { data, value: wei };
  }
  const local = asset === "minted" ? minted : plain;
  const data =
    kind === "deposit"
      ? encodeFunctionData({
          ...bridge,
          functionName: "finalizeBridgeERC20",
          args: [local, remote, alice.address, alice.address, wei, "0x"],
        })
      : encodeFunctionData({
          ...bridge,
          functionName: "bridgeERC20",
          args: [local, remote, wei, 0, "0x"],
        });
  return { data, value: 0n };
}

/** What L1 would have locked or owe, kept beside the contracts. */
interface Ledger {
  etherIn: bigint;
  etherOut: bigint;
  supply: bigint;
  held: Map<string, bigint>;
}

async function run(step: Step, ledger: Ledger): Promise<void> {
  const account = step.kind === "deposit" ? ALIAS : alice;
  const { data, value } = dataOf(step);
  const request = { to: bridge.address, data, value, gas: 600_000n } as const;
  const hash = await l2.wallet.sendTransaction({ account, ...request });
  const receipt = await l2.reader.waitForTransactionReceipt({ hash });
  const amount = BigInt(step.amount);
  const names = parseEventLogs({ abi: bridge.abi, logs: receipt.logs }).map(({ eventName }) => eventName);
  const returned = names.includes("DepositReturned");
  // No deposit is ever lost: it is paid, or it goes back.
  if (step.kind === "deposit") expect(receipt.status).toBe("success");
  const messages = getWithdrawals(receipt);
  expect(messages.length).toBe(
    receipt.status === "success" && (step.kind === "withdraw" || returned) ? 1 : 0,
  );
  for (const { value: sent } of messages) ledger.etherOut += sent;
  if (receipt.status !== "success") return;
  const sign = step.kind === "deposit" ? 1n : -1n;
  if (step.asset === "ether") ledger.etherIn += amount;
  else if (returned) return;
  else if (step.asset === "minted") ledger.supply += sign * amount;
  else {
    const remote = step.odd ? OTHER_L1_TOKEN : L1_TOKEN;
    ledger.held.set(remote, (ledger.held.get(remote) ?? 0n) - sign * amount);
  }
}

async function check(ledger: Ledger): Promise<void> {
  const { abi } = plainTokenArtifact;
  const supply = await l2.reader.readContract({ address: minted, abi, functionName: "totalSupply" });
  expect(supply).toBe(ledger.supply);
  let held = 0n;
  for (const remote of [L1_TOKEN, OTHER_L1_TOKEN]) {
    const call = { ...bridge, functionName: "deposits", args: [plain, remote] } as const;
    expect(await l2.reader.readContract(call)).toBe(ledger.held.get(remote) ?? 0n);
    held += ledger.held.get(remote) ?? 0n;
  }
  const holding = { address: plain, abi, functionName: "balanceOf", args: [bridge.address] } as const;
  expect(await l2.reader.readContract(holding)).toBe(held);
  expect(await l2.reader.getBalance({ address: bridge.address })).toBe(0n);
  expect(await l2.reader.getBalance({ address: PREDEPLOYS.l2ToL1MessagePasser })).toBe(ledger.etherOut);
  expect((await l2.reader.getBalance({ address: BOB })) + ledger.etherOut).toBe(ledger.etherIn);
}

test("nothing is minted, paid or sent home that did not come in", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 25 }), async (steps) => {
      const snapshot = await l2.control.snapshot();
      const ledger: Ledger = { etherIn: 0n, etherOut: 0n, supply: 0n, held: new Map() };
      try {
        for (const step of steps) await run(step, ledger);
        await check(ledger);
      } finally {
        await l2.control.revert({ id: snapshot });
      }
    }),
    { numRuns: 15, endOnFailure: true },
  );
});
