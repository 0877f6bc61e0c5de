import { verifyMerkleProof } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import {
  type Address,
  type ContractFunctionExecutionError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  type Hash,
  type Hex,
  hexToBytes,
  http,
  pad,
  parseEther,
  parseGwei,
  toHex,
  webSocket,
} from "viem";
import { mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesToBigInt, DEVELOPMENT_MNEMONIC, keccak256 } from "../../protocol/index.ts";
import { counterAbi, counterBytecode } from "../support/contracts/counter.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";

const account = mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex: 2 });
const TO = "0x00000000000000000000000000000000000000bb";

let node: TestNode;
let counter: Address;
let deployedAt: bigint;

function clients() {
  const chain = defineChain({
    id: 7357,
    name: "Braid",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [node.rpcUrl] } },
  });
  const options = { chain, transport: http(node.rpcUrl), pollingInterval: 50 };
  return { reader: createPublicClient(options), wallet: createWalletClient({ ...options, account }) };
}

beforeAll(async () => {
  node = await startTestNode();
  const { reader, wallet } = clients();
  const hash = await wallet.deployContract({ abi: counterAbi, bytecode: counterBytecode() });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  if (typeof receipt.contractAddress !== "string") throw new TypeError("the counter was not deployed");
  counter = receipt.contractAddress;
  deployedAt = receipt.blockNumber;
}, 60_000);
afterAll(() => node.stop());

const bumped = (amount: bigint) =>
  encodeFunctionData({ abi: counterAbi, functionName: "bump", args: [amount] });

async function mined(hash: Hash) {
  const receipt = await clients().reader.waitForTransactionReceipt({ hash });
  expect(receipt.status).toBe("success");
  return receipt;
}

describe("viem sends", () => {
  it("types 0, 1 and 2 by its own estimates, and reads back what it sent", async () => {
    const { reader, wallet } = clients();
    const list = [{ address: counter, storageKeys: [pad("0x0")] }];
    const gasPrice = await reader.getGasPrice();
    const call = { to: counter, data: bumped(1n), value: 3n };
    const kinds = {
      legacy: () => wallet.sendTransaction({ ...call, type: "legacy", gasPrice }),
      eip2930: () => wallet.sendTransaction({ ...call, type: "eip2930", gasPrice, accessList: list }),
      eip1559: () => wallet.sendTransaction({ ...call, type: "eip1559", accessList: list }),
    };
    for (const [type, send] of Object.entries(kinds)) {
      const hash = await send();
      const receipt = await mined(hash);
      expect(receipt).toMatchObject({ type, from: account.address.toLowerCase(), to: counter });
      const sent = await reader.getTransaction({ hash });
      expect(sent).toMatchObject({ type, hash, value: 3n, chainId: 7357, input: bumped(1n) });
      if (type !== "legacy") expect(sent.accessList).toEqual([{ ...list[0], address: counter }]);
      const block = await reader.getBlock({ blockHash: receipt.blockHash, includeTransactions: true });
      expect(block.transactions[receipt.transactionIndex]).toEqual(sent);
      expect(block.gasUsed).toBe(receipt.cumulativeGasUsed);
    }
    const count = await reader.readContract({ address: counter, abi: counterAbi, functionName: "count" });
    expect(count).toBe(3n);
    expect(await reader.getBalance({ address: counter })).toBe(9n);
  });

  it("type 4: an account that runs the counter's code on its own storage", async () => {
    const { reader, wallet } = clients();
    const owner = privateKeyToAccount(toHex(4242, { size: 32 }));
    const authorization = await owner.signAuthorization({ address: counter, chainId: 7357, nonce: 0 });
    const hash = await wallet.sendTransaction({
      to: owner.address,
      data: bumped(5n),
      authorizationList: [authorization],
    });
    expect((await mined(hash)).type).toBe("eip7702");
    expect(await reader.getCode({ address: owner.address })).toBe(`0xef0100${counter.slice(2)}`);
    expect(await reader.getStorageAt({ address: owner.address, slot: "0x0" })).toBe(pad("0x5"));
    expect(await reader.getTransactionCount({ address: owner.address })).toBe(1);
    const sent = await reader.getTransaction({ hash });
    expect(sent.authorizationList).toMatchObject([
      { address: counter.toLowerCase(), chainId: 7357, nonce: 0 },
    ]);
    // An account that delegates is still one that sends.
    await mined(
      await wallet.sendTransaction({ to: owner.address, data: bumped(0n), value: parseEther("1") }),
    );
    const own = createWalletClient({ account: owner, chain: wallet.chain, transport: http(node.rpcUrl) });
    await mined(await own.sendTransaction({ to: TO, value: 1n }));
  });

  it("a transfer that costs exactly value and fee", async () => {
    const { reader, wallet } = clients();
    const before = await reader.getBalance({ address: account.address });
    const value = parseEther("2");
    const receipt = await mined(await wallet.sendTransaction({ to: TO, value }));
    const fee = receipt.gasUsed * receipt.effectiveGasPrice;
    expect(receipt.gasUsed).toBe(21_000n);
    expect(await reader.getBalance({ address: account.address })).toBe(before - value - fee);
  });
});

describe("viem reads", () => {
  it("a revert as the contract's own error, in a call and in an estimate", async () => {
    const { reader } = clients();
    const request = {
      address: counter,
      abi: counterAbi,
      functionName: "bump",
      args: [101n],
      account,
    } as const;
    for (const attempt of [reader.simulateContract(request), reader.estimateContractGas(request)]) {
      const error: ContractFunctionExecutionError = await attempt.then(
        () => expect.unreachable("it did not revert"),
        (caught) => caught,
      );
      const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
      if (!(reverted instanceof ContractFunctionRevertedError)) throw error;
      expect(reverted.data).toMatchObject({ errorName: "TooMuch", args: [101n, 100n] });
    }
  });

  it("an estimate that is enough, and one gas less is not", async () => {
    const { reader, wallet } = clients();
    const data = bumped(2n);
    const gas = await reader.estimateGas({ account, to: counter, data });
    const receipt = await mined(await wallet.sendTransaction({ to: counter, data, gas }));
    expect(receipt.gasUsed).toBeLessThanOrEqual(gas);
    const short = await wallet.sendTransaction({ to: counter, data, gas: receipt.gasUsed - 1n });
    expect((await reader.waitForTransactionReceipt({ hash: short })).status).toBe("reverted");
  });

  it("the past: calls, balances, code and storage at an old block", async () => {
    const { reader, wallet } = clients();
    const count = (blockNumber: bigint) =>
      reader.readContract({ address: counter, abi: counterAbi, functionName: "count", blockNumber });
    const before = await reader.getBlockNumber();
    const was = await count(before);
    const receipt = await mined(await wallet.sendTransaction({ to: counter, data: bumped(7n) }));
    expect(await count(receipt.blockNumber)).toBe(was + 7n);
    expect(await count(receipt.blockNumber - 1n)).toBe(was);
    expect(await count(deployedAt)).toBe(0n);
    expect(await reader.getCode({ address: counter, blockNumber: deployedAt - 1n })).toBeUndefined();
    const genesis = await reader.getBalance({ address: account.address, blockNumber: 0n });
    expect(genesis).toBe(parseEther("10000"));
  });

  it("logs by address, event, topic and range", async () => {
    const { reader, wallet } = clients();
    const receipt = await mined(await wallet.sendTransaction({ to: counter, data: bumped(1n) }));
    const all = await reader.getContractEvents({
      address: counter,
      abi: counterAbi,
      fromBlock: 0n,
      strict: true,
    });
    const last = all.at(-1);
    expect(last).toMatchObject({ transactionHash: receipt.transactionHash, eventName: "Bumped" });
    expect(last?.args.by).toBe(account.address);
    expect(receipt.logs).toMatchObject([
      { address: counter.toLowerCase(), data: last?.data, topics: last?.topics },
    ]);
    const none = await reader.getContractEvents({
      address: counter,
      abi: counterAbi,
      eventName: "Bumped",
      args: { by: TO },
      fromBlock: 0n,
    });
    expect(none).toEqual([]);
    const { blockNumber } = receipt;
    const inBlock = await reader.getLogs({ fromBlock: blockNumber, toBlock: blockNumber });
    expect(inBlock).toHaveLength(1);
  });
});

describe("proofs against the header's state root", () => {
  const trie = { useKeyHashing: true, useKeyHashingFunction: keccak256 };
  const prove = (root: Hex, key: Uint8Array, proof: Hex[]) =>
    verifyMerkleProof(
      keccak256(key),
      proof.map((part) => hexToBytes(part)),
      {
        ...trie,
        useKeyHashing: false,
        root: hexToBytes(root),
      },
    );

  it("hold for an account, a slot, what is not there, and an old block", async () => {
    const { reader, wallet } = clients();
    const old = await reader.getBlock();
    await mined(await wallet.sendTransaction({ to: counter, data: bumped(1n), value: 1n }));
    const slots = [pad("0x0"), pad("0x9")];
    for (const block of [old, await reader.getBlock()]) {
      const { number: blockNumber } = block;
      const proof = await reader.getProof({ address: counter, storageKeys: slots, blockNumber });
      const account = await prove(block.stateRoot, hexToBytes(counter), proof.accountProof);
      if (account === null) throw new TypeError("the account is not proven");
      const fields = RLP.decode(account) as Uint8Array[];
      expect(fields.map((field) => toHex(field))).toEqual(
        ["0x01", toHex(proof.balance), proof.storageHash, proof.codeHash].map((value) =>
          value === "0x0" ? "0x" : value.length % 2 === 0 ? value : value.replace("0x", "0x0"),
        ),
      );
      const [present, absent] = proof.storageProof;
      const count = await reader.readContract({
        address: counter,
        abi: counterAbi,
        functionName: "count",
        blockNumber,
      });
      expect(present?.value).toBe(count);
      const stored = await prove(proof.storageHash, hexToBytes(pad("0x0")), present?.proof ?? []);
      expect(stored === null ? undefined : bytesToBigInt(RLP.decode(stored) as Uint8Array)).toBe(count);
      expect(absent?.value).toBe(0n);
      expect(await prove(proof.storageHash, hexToBytes(pad("0x9")), absent?.proof ?? [])).toBeNull();
    }
    const nobody = `0x${"99".repeat(20)}` as const;
    const head = await reader.getBlock();
    const missing = await reader.getProof({ address: nobody, storageKeys: [], blockNumber: head.number });
    expect(await prove(head.stateRoot, hexToBytes(nobody), missing.accountProof)).toBeNull();
  });
});

describe("viem watches over a WebSocket", () => {
  it("heads, logs and pending transactions, once each and in order", async () => {
    const { reader, wallet } = clients();
    const socket = createPublicClient({ transport: webSocket(node.wsUrl, { reconnect: false }) });
    const heads: bigint[] = [];
    const counts: bigint[] = [];
    const pending: Hash[] = [];
    const stops = [
      socket.watchBlocks({ onBlock: ({ number }) => heads.push(number) }),
      socket.watchContractEvent({
        address: counter,
        abi: counterAbi,
        strict: true,
        onLogs: (logs) => counts.push(...logs.map(({ args }) => args.count)),
      }),
      socket.watchPendingTransactions({ onTransactions: (hashes) => pending.push(...hashes) }),
    ];
    // A subscription stands once its first head has come.
    await expect
      .poll(async () => {
        await mined(await wallet.sendTransaction({ to: TO, value: 1n }));
        return heads.length;
      })
      .toBeGreaterThan(0);
    const before = await reader.readContract({ address: counter, abi: counterAbi, functionName: "count" });
    const hashes: Hash[] = [];
    for (const amount of [1n, 2n, 3n]) {
      const fees = { maxFeePerGas: parseGwei("2"), maxPriorityFeePerGas: 1_000_000n };
      const hash = await wallet.sendTransaction({ to: counter, data: bumped(amount), ...fees });
      hashes.push(hash);
      await mined(hash);
    }
    await expect.poll(() => counts).toEqual([before + 1n, before + 3n, before + 6n]);
    await expect.poll(() => pending.slice(-3)).toEqual(hashes);
    const first = heads[0] ?? 0n;
    expect(heads).toEqual(heads.map((_, index) => first + BigInt(index)));
    for (const stop of stops) stop();
    (await socket.transport.getRpcClient()).close();
  });
});
