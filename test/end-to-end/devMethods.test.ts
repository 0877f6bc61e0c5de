import fc from "fast-check";
import { createTestClient, http, parseEther, publicActions, walletActions } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEVELOPMENT_MNEMONIC } from "../../protocol/index.ts";
import { RpcError, rpc } from "../support/rpc.ts";
import { type SpawnedAnvil, spawnAnvil } from "../support/spawnAnvil.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";

const SENDERS = [0, 1, 2].map(
  (addressIndex) => mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex }).address,
);
const TARGETS = [1, 2, 3].map((n) => `0x${`${n}`.repeat(40)}`);
/** Stores its second argument at the slot that the first one names. */
const STORE = { address: `0x${"5".repeat(40)}`, code: "0x60203560003555" };
const GAS_PRICE = "0x174876e800";

let node: TestNode;
let anvil: SpawnedAnvil;

beforeAll(async () => {
  [node, anvil] = await Promise.all([
    startTestNode({ BRAID_DEV: "true" }),
    spawnAnvil(["--chain-id", "7357"]),
  ]);
}, 120_000);
afterAll(async () => {
  await node.stop();
  await anvil.stop();
});

/** The answer of one of the two, an error as its message. */
async function answer(url: string, method: string, params: unknown[]): Promise<unknown> {
  try {
    return await rpc(url, method, params);
  } catch (error) {
    if (error instanceof RpcError) return `error ${error.rpcCode}: ${error.message}`;
    throw error;
  }
}

/** Asks both, and expects the same answer. */
async function same(method: string, ...params: unknown[]): Promise<unknown> {
  const theirs = await answer(anvil.rpcUrl, method, params);
  const ours = await answer(node.rpcUrl, method, params);
  expect({ method, params, answer: ours }).toEqual({ method, params, answer: theirs });
  return ours;
}

/** Sends the same on both, whose hashes differ where nobody signs, and waits for both receipts. */
async function send(transaction: object): Promise<void> {
  for (const url of [anvil.rpcUrl, node.rpcUrl]) {
    const hash = await rpc(url, "eth_sendTransaction", [{ gasPrice: GAS_PRICE, ...transaction }]);
    await expect.poll(() => rpc(url, "eth_getTransactionReceipt", [hash])).not.toBeNull();
  }
}

async function expectSameState(): Promise<void> {
  const reads = [...SENDERS, ...TARGETS, STORE.address].flatMap((address) => [
    ["eth_getBalance", address, "latest"],
    ["eth_getTransactionCount", address, "latest"],
    ["eth_getCode", address, "latest"],
    ...["0x0", "0x1"].map((slot) => ["eth_getStorageAt", address, slot, "latest"]),
  ]);
  const [ours, theirs] = await Promise.all(
    [node.rpcUrl, anvil.rpcUrl].map((url) =>
      Promise.all(reads.map(([method, ...params]) => rpc(url, String(method), params))),
    ),
  );
  expect(reads.map((read, index) => [...read, ours?.[index]])).toEqual(
    reads.map((read, index) => [...read, theirs?.[index]]),
  );
}

async function startOver(): Promise<void> {
  for (const url of [node.rpcUrl, anvil.rpcUrl]) {
    await rpc(url, "anvil_dropAllTransactions", []);
    await rpc(url, "evm_setAutomine", [true]);
    await rpc(url, "anvil_setCoinbase", [`0x${"c".repeat(40)}`]);
    await rpc(url, "anvil_reset", []);
    for (const address of SENDERS) {
      await rpc(url, "anvil_setBalance", [address, "0x21e19e0c9bab2400000"]);
    }
  }
}

describe("the same answers as Anvil", () => {
  test("snapshots", async () => {
    await startOver();
    for (const url of [node.rpcUrl, anvil.rpcUrl]) {
      const id = Number(await rpc(url, "evm_snapshot", []));
      const hex = (n: number) => `0x${(id + n).toString(16)}`;
      expect(await rpc(url, "evm_snapshot", [])).toBe(hex(1));
      expect(await rpc(url, "evm_revert", [hex(0)])).toBe(true);
      expect(await rpc(url, "evm_revert", [hex(0)])).toBe(false);
      expect(await rpc(url, "evm_revert", [hex(1)])).toBe(false);
      expect(await rpc(url, "evm_snapshot", [])).toBe(hex(2));
      expect(await rpc(url, "evm_revert", [id + 2])).toBe(true);
    }
    await same("evm_revert", "0x7777");
  });

  test("mining and its modes", async () => {
    await startOver();
    await same("evm_mine");
    await same("anvil_mine", "0x3", "0x10");
    await same("hardhat_mine", "0x2");
    await same("anvil_mine", "0x0");
    await same("anvil_getAutomine");
    await same("evm_setAutomine", false);
    await same("anvil_getAutomine");
    await same("anvil_getIntervalMining");
    await same("evm_setIntervalMining", 1000);
    await same("anvil_getIntervalMining");
    await same("hardhat_getAutomine");
    await same("evm_setAutomine", false);
    await same("anvil_getIntervalMining");
    await same("evm_setIntervalMining", 0);
    await same("anvil_getIntervalMining");
    await same("evm_setAutomine", true);
    await same("anvil_getAutomine");
    await same("anvil_rollback", 100_000).catch(() => undefined);
  });

  test("time", async () => {
    await startOver();
    const base = 4_000_000_000;
    await same("evm_setNextBlockTimestamp", base);
    await same("evm_mine");
    const timestamp = async () => {
      const times: number[] = [];
      for (const url of [node.rpcUrl, anvil.rpcUrl]) {
        const block = await rpc(url, "eth_getBlockByNumber", ["latest", false]);
        times.push(Number((block as { timestamp: string }).timestamp));
      }
      return times;
    };
    expect(await timestamp()).toEqual([base, base]);
    await same("evm_setNextBlockTimestamp", 100);
    await same("evm_mine", 10);
    await same("evm_mine", `0x${(base + 50).toString(16)}`);
    expect(await timestamp()).toEqual([base + 50, base + 50]);
    await same("evm_mine", { timestamp: base + 60 });
    await same("anvil_setBlockTimestampInterval", 7);
    await same("anvil_mine", "0x2");
    expect(await timestamp()).toEqual([base + 74, base + 74]);
    await same("anvil_removeBlockTimestampInterval");
    await same("anvil_removeBlockTimestampInterval");
    for (const seconds of [100, "0x64", "100"]) {
      const [ours, theirs] = [
        await rpc(node.rpcUrl, "evm_increaseTime", [seconds]),
        await rpc(anvil.rpcUrl, "evm_increaseTime", [seconds]),
      ];
      // Both clocks went on for as long as the test ran.
      expect(Math.abs(Number(ours) - Number(theirs))).toBeLessThan(30);
    }
    await same("evm_setNextBlockTimestamp", base + 1000);
    await same("anvil_mine", "0x3", "0x64");
    const [ours, theirs] = await timestamp();
    expect(Math.abs((ours ?? 0) - (theirs ?? 0))).toBeLessThan(30);
  });

  test("state, environment, signatures", async () => {
    await startOver();
    const [target] = TARGETS;
    await same("anvil_setBalance", target, "0x1234");
    await same("hardhat_setBalance", target, "1000");
    await same("anvil_setBalance", target, 5);
    await same("tenderly_setBalance", target, "0x7");
    await same("anvil_addBalance", target, "0x1");
    await same("anvil_setNonce", target, "0x9");
    await same("hardhat_setNonce", target, 7);
    await same("anvil_setCode", target, "0x6001");
    await same("anvil_setStorageAt", target, "0x1", `0x${"0".repeat(63)}5`);
    await expectSameState();
    await same("anvil_setCode", target, "0x");
    await same("anvil_setBalance", target, "0x0");
    await expectSameState();
    await same("anvil_setNextBlockBaseFeePerGas", "0x3b9aca07");
    await same("hardhat_setNextBlockBaseFeePerGas", 123_456_789);
    await same("anvil_setCoinbase", target);
    await same("evm_setBlockGasLimit", "0x1c9c380");
    await same("evm_mine");
    for (const url of [node.rpcUrl, anvil.rpcUrl]) {
      const block = await rpc(url, "eth_getBlockByNumber", ["latest", false]);
      expect(block).toMatchObject({ baseFeePerGas: "0x75bcd15", miner: target, gasLimit: "0x1c9c380" });
    }
    const typed = {
      types: { EIP712Domain: [{ name: "name", type: "string" }], M: [{ name: "x", type: "uint256" }] },
      ...{ primaryType: "M", domain: { name: "d" }, message: { x: 1 } },
    };
    await same("eth_accounts");
    await same("eth_sign", SENDERS[0], "0xdeadbeef");
    await same("personal_sign", "0xdeadbeef", SENDERS[1]);
    await same("eth_sign", target, "0xdeadbeef");
    await same("eth_signTypedData_v4", SENDERS[0], typed);
    await same("eth_signTypedData_v4", SENDERS[0], JSON.stringify(typed));
    const complete = { from: SENDERS[0], to: target, value: "0x1", gas: "0x5208", nonce: "0x3" };
    const fees = { maxFeePerGas: "0x77359400", maxPriorityFeePerGas: "0x1" };
    await same("eth_signTransaction", { ...complete, ...fees });
    await same("eth_signTransaction", { ...complete, gasPrice: GAS_PRICE });
    await same("eth_signTransaction", { ...complete, ...fees, from: target });
    await same("eth_sendTransaction", { ...complete, ...fees, from: target });
  });

  test("the pool", async () => {
    await startOver();
    await same("evm_setAutomine", false);
    const transaction = {
      from: SENDERS[0],
      to: TARGETS[0],
      value: "0x1",
      gasPrice: GAS_PRICE,
      gas: "0x5208",
    };
    const hash = await same("eth_sendTransaction", transaction);
    await same("anvil_dropTransaction", hash);
    await same("anvil_dropTransaction", hash);
    await same("eth_sendTransaction", transaction);
    await same("anvil_dropAllTransactions");
    await same("eth_getTransactionByHash", hash);
    await same("eth_getTransactionCount", SENDERS[0], "pending");
    await same("eth_sendTransaction", transaction);
    await same("anvil_removePoolTransactions", SENDERS[0]);
    await same("eth_getTransactionCount", SENDERS[0], "pending");
    const snapshot = [
      await rpc(node.rpcUrl, "evm_snapshot", []),
      await rpc(anvil.rpcUrl, "evm_snapshot", []),
    ];
    await same("eth_sendTransaction", transaction);
    await same("evm_mine");
    const pending = await same("eth_sendTransaction", { ...transaction, value: "0x2" });
    await rpc(node.rpcUrl, "evm_revert", [snapshot[0]]);
    await rpc(anvil.rpcUrl, "evm_revert", [snapshot[1]]);
    // What was mined is gone, what waits stays.
    await same("eth_getTransactionByHash", hash);
    const ours = await rpc(node.rpcUrl, "eth_getTransactionByHash", [pending]);
    expect(ours).toMatchObject({ hash: pending, nonce: "0x1", blockHash: null });
    expect(await rpc(anvil.rpcUrl, "eth_getTransactionByHash", [pending])).toMatchObject({ hash: pending });
    // Ours counts on from the state that is there now; Anvil's still has the reverted transaction in the way.
    expect(await rpc(node.rpcUrl, "eth_getTransactionCount", [SENDERS[0], "pending"])).toBe("0x0");
    await rpc(node.rpcUrl, "eth_sendTransaction", [{ ...transaction, nonce: "0x0" }]);
    await rpc(node.rpcUrl, "evm_mine", []);
    expect(await rpc(node.rpcUrl, "eth_getTransactionCount", [SENDERS[0], "latest"])).toBe("0x2");
  });
});

test("random sequences leave the state that Anvil has", async () => {
  const value = fc.nat(2).map((n) => `0x${n.toString(16)}`);
  const operation = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.constant("transfer" as const), fc.nat(2), fc.nat(2), value) },
    { weight: 3, arbitrary: fc.tuple(fc.constant("store" as const), fc.nat(2), fc.nat(1), value) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("impersonate" as const), fc.nat(2), fc.nat(2), value) },
    fc.tuple(fc.constant("balance" as const), fc.nat(2), fc.nat(2), value),
    fc.tuple(fc.constant("slot" as const), fc.nat(2), fc.nat(1), value),
    fc.tuple(fc.constant("code" as const), fc.nat(2), fc.nat(2), value),
    fc.tuple(fc.constant("nonce" as const), fc.nat(2), fc.nat(2), value),
    fc.tuple(fc.constant("mine" as const), fc.nat(2), fc.nat(2), value),
    { weight: 2, arbitrary: fc.tuple(fc.constant("snapshot" as const), fc.nat(2), fc.nat(2), value) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("revert" as const), fc.nat(9), fc.nat(2), value) },
  );
  const word = (text: string) => `0x${text.slice(2).padStart(64, "0")}`;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 4, maxLength: 20 }), async (operations) => {
      await startOver();
      await same("anvil_setCode", STORE.address, STORE.code);
      const snapshots: [unknown, unknown][] = [];
      for (const [kind, a, b, text] of operations) {
        const target = TARGETS[a] ?? STORE.address;
        if (kind === "transfer") {
          await send({ from: SENDERS[a], to: TARGETS[b], value: text, gas: "0x186a0" });
        } else if (kind === "store") {
          const data = `${word(`0x${b}`)}${word(text).slice(2)}`;
          await send({ from: SENDERS[a], to: STORE.address, data, gas: "0x186a0" });
        } else if (kind === "impersonate") {
          await same("anvil_setBalance", target, "0xde0b6b3a7640000");
          await same("anvil_impersonateAccount", target);
          await send({ from: target, to: TARGETS[b], value: text, gas: "0x186a0" });
          await same("anvil_stopImpersonatingAccount", target);
        } else if (kind === "balance") await same("anvil_setBalance", target, text);
        else if (kind === "slot") await same("anvil_setStorageAt", STORE.address, `0x${b}`, word(text));
        else if (kind === "code") await same("anvil_setCode", target, b === 0 ? "0x" : "0x00");
        else if (kind === "nonce") {
          const nonce = Number(await rpc(node.rpcUrl, "eth_getTransactionCount", [target, "latest"]));
          await same("anvil_setNonce", target, nonce + b);
        } else if (kind === "mine") await same("anvil_mine", `0x${b.toString(16)}`);
        else if (kind === "snapshot") {
          snapshots.push([
            await rpc(node.rpcUrl, "evm_snapshot", []),
            await rpc(anvil.rpcUrl, "evm_snapshot", []),
          ]);
        } else {
          const [ours, theirs] = snapshots[a % Math.max(1, snapshots.length)] ?? ["0xffff", "0xffff"];
          // Where a snapshot went with an earlier one, Anvil answers an error for its false.
          const went = (await answer(anvil.rpcUrl, "evm_revert", [theirs])) === true;
          expect(await rpc(node.rpcUrl, "evm_revert", [ours])).toBe(went);
        }
        await expectSameState();
      }
    }),
    { numRuns: 6 },
  );
}, 300_000);

test("viem's test client", async () => {
  await startOver();
  const account = mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex: 4 });
  const client = createTestClient({ mode: "anvil", transport: http(node.rpcUrl), cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions);
  const whale = `0x${"77".repeat(20)}` as const;
  const snapshot = await client.snapshot();
  await client.setBalance({ address: whale, value: parseEther("3") });
  await client.setCode({ address: whale, bytecode: "0x00" });
  await client.impersonateAccount({ address: whale });
  const hash = await client.sendTransaction({
    ...{ account: whale, chain: null, to: account.address, value: parseEther("1") },
  });
  const receipt = await client.getTransactionReceipt({ hash });
  expect(receipt).toMatchObject({ status: "success", from: whale });
  expect((await client.getTransaction({ hash })).from).toBe(whale);
  expect(await client.getTransactionCount({ address: whale })).toBe(1);
  await client.stopImpersonatingAccount({ address: whale });
  const { timestamp } = await client.getBlock();
  await client.increaseTime({ seconds: 3600 });
  await client.mine({ blocks: 1 });
  expect((await client.getBlock()).timestamp - timestamp).toBeGreaterThanOrEqual(3600n);
  await client.setAutomine(false);
  expect(await client.getAutomine()).toBe(false);
  const dropped = await client.sendTransaction({
    account: account.address,
    chain: null,
    to: whale,
    gas: 50_000n,
  });
  await client.dropTransaction({ hash: dropped });
  await client.setAutomine(true);
  const blocks = await client.getBlockNumber();
  await client.revert({ id: snapshot });
  expect(await client.getBlockNumber()).toBeLessThan(blocks);
  expect(await client.getBalance({ address: whale })).toBe(0n);
  await expect(client.getTransactionReceipt({ hash })).rejects.toThrow("could not be found");
});
