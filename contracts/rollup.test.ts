import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createTestClient,
  createWalletClient,
  encodeFunctionData,
  type Hex,
  http,
  keccak256 as viemKeccak,
  zeroAddress,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../infra/index.ts";
import { batchHash, bytesToHex, genesisBatchHash, hexToBytes } from "../protocol/index.ts";
import { startTestStack, type TestStack } from "../test/support/stack.ts";
import { forwarderArtifact } from "./artifacts/forwarder.ts";
import { rollupArtifact } from "./artifacts/rollup.ts";
import { rollupProxyArtifact } from "./artifacts/rollupProxy.ts";
import { deployRollup, isRollupDeployed, type RollupDeployment } from "./index.ts";

const [deployer, sequencer, guardian, stranger] = [0, 1, 2, 3].map((addressIndex) =>
  mnemonicToAccount(DEV_MNEMONIC, { addressIndex }),
) as [Account, Account, Account, Account];
type Account = ReturnType<typeof mnemonicToAccount>;

const word = (byte: string): Hex => `0x${byte.repeat(32)}`;
const genesis = { stateRoot: hexToBytes(word("11")), blockHash: hexToBytes(word("22")) };
const abi = rollupArtifact.abi;

let stack: TestStack;
let clients: ReturnType<typeof createClients>;
let deployment: RollupDeployment;
let snapshot: Hex;

function createClients(url: string) {
  const transport = http(url);
  return {
    reader: createPublicClient({ transport, pollingInterval: 20, cacheTime: 0 }),
    control: createTestClient({ transport, mode: "anvil" }),
    wallet: createWalletClient({ transport }),
  };
}

function keyOf(account: Account): Hex {
  return bytesToHex(account.getHdKey().privateKey ?? new Uint8Array());
}

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  clients = createClients(stack.l1Url);
  await clients.control.setIntervalMining({ interval: 0 });
  await clients.control.setAutomine(true);
  deployment = await deployRollup({
    l1Url: stack.l1Url,
    deployerKey: keyOf(deployer),
    sequencerKey: keyOf(sequencer),
    guardian: guardian.address,
    genesis,
  });
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  snapshot = await clients.control.snapshot();
});
afterEach(() => clients.control.revert({ id: snapshot }));

const contract = () => ({ address: deployment.rollup, abi }) as const;
const genesisHash = () => bytesToHex(genesisBatchHash(genesis));
const header = (change: Partial<ReturnType<typeof firstHeader>> = {}) => ({ ...firstHeader(), ...change });
const firstHeader = () => ({
  number: 1n,
  previousHash: genesisHash(),
  firstBlock: 1n,
  lastBlock: 5n,
  postStateRoot: word("aa"),
  lastBlockHash: word("bb"),
});

async function refusal(step: Promise<unknown>): Promise<string> {
  try {
    await step;
  } catch (error) {
    const reason =
      error instanceof BaseError ? error.walk((e) => e instanceof ContractFunctionRevertedError) : error;
    if (reason instanceof ContractFunctionRevertedError) {
      return `${reason.data?.errorName ?? reason.raw}(${(reason.data?.args ?? []).join(",")})`;
    }
    throw error;
  }
  return "not refused";
}

type Call = { functionName: string; args?: readonly unknown[] };
const calls = (account: Account, { functionName, args = [] }: Call) =>
  refusal(clients.reader.simulateContract({ ...contract(), functionName, args, account } as never));

async function sends(account: Account, { functionName, args = [] }: Call) {
  const hash = await clients.wallet.writeContract({
    ...contract(),
    functionName,
    args,
    account,
    chain: null,
  } as never);
  const receipt = await clients.reader.waitForTransactionReceipt({ hash });
  expect(receipt.status).toBe("success");
  return receipt;
}

const commit = (change: Parameters<typeof header>[0] = {}, data: Hex = "0x01") => ({
  functionName: "commitBatch",
  args: [header(change), data],
});

test("starts from genesis and is recognized by it", async () => {
  const last = await clients.reader.readContract({ ...contract(), functionName: "lastBatch" });
  expect(last).toEqual({ number: 0n, lastBlock: 0n, batchHash: genesisHash() });
  const of = (rollup: Hex, stateRoot: Hex) =>
    isRollupDeployed({
      l1Url: stack.l1Url,
      rollup,
      genesisBatchHash: genesisBatchHash({ ...genesis, stateRoot: hexToBytes(stateRoot) }),
    });
  expect(await of(deployment.rollup, word("11"))).toBe(true);
  expect(await of(deployment.rollup, word("12"))).toBe(false);
  expect(await of(deployment.implementation, word("11"))).toBe(false);
  expect(await of(stranger.address, word("11"))).toBe(false);
});

test("links batches by hashes that the protocol computes too", async () => {
  await sends(sequencer, commit({}, "0x0102"));
  const bytes = (h: ReturnType<typeof firstHeader>) => ({
    number: Number(h.number),
    previousHash: hexToBytes(h.previousHash),
    firstBlock: Number(h.firstBlock),
    lastBlock: Number(h.lastBlock),
    postStateRoot: hexToBytes(h.postStateRoot),
    lastBlockHash: hexToBytes(h.lastBlockHash),
  });
  const first = bytesToHex(batchHash(bytes(header()), hexToBytes(viemKeccak("0x0102"))));
  const second = header({ number: 2n, previousHash: first, firstBlock: 6n, lastBlock: 6n });
  const receipt = await sends(sequencer, { functionName: "commitBatch", args: [second, "0x03"] });
  const secondHash = bytesToHex(batchHash(bytes(second), hexToBytes(viemKeccak("0x03"))));
  expect(await clients.reader.readContract({ ...contract(), functionName: "lastBatch" })).toEqual({
    number: 2n,
    lastBlock: 6n,
    batchHash: secondHash,
  });
  expect(await clients.reader.readContract({ ...contract(), functionName: "batchHash", args: [1n] })).toBe(
    first,
  );
  const [event] = await clients.reader.getContractEvents({
    ...contract(),
    eventName: "BatchCommitted",
    blockHash: receipt.blockHash,
  });
  expect(event?.args).toEqual({
    number: 2n,
    batchHash: secondHash,
    firstBlock: 6n,
    lastBlock: 6n,
    postStateRoot: word("aa"),
    dataHash: viemKeccak("0x03"),
  });
});

test("refuses whatever does not continue the chain, with the values", async () => {
  expect(await calls(sequencer, commit({ number: 2n }))).toBe("UnexpectedBatchNumber(2,1)");
  expect(await calls(sequencer, commit({ previousHash: word("00") }))).toBe(
    `UnexpectedPreviousHash(${word("00")},${genesisHash()})`,
  );
  expect(await calls(sequencer, commit({ firstBlock: 2n }))).toBe("UnexpectedFirstBlock(2,1)");
  expect(await calls(sequencer, commit({ lastBlock: 0n }))).toBe("EmptyBlockRange(1,0)");
  expect(await calls(sequencer, commit({ postStateRoot: word("00") }))).toMatch(/^EmptyRoots/);
  expect(await calls(sequencer, commit({ lastBlockHash: word("00") }))).toMatch(/^EmptyRoots/);
  expect(await calls(sequencer, commit({}, "0x"))).toBe("EmptyData(1)");
  expect(await calls(stranger, { functionName: "batchHash", args: [1n] })).toBe("UnknownBatch(1,0)");
  await sends(sequencer, commit());
  expect(await calls(sequencer, commit())).toBe("UnexpectedBatchNumber(1,2)");
});

test("takes batches from sequencers only, directly only", async () => {
  expect(await calls(stranger, commit())).toBe(`NotSequencer(${stranger.address})`);
  const hash = await clients.wallet.deployContract({
    ...forwarderArtifact,
    args: [],
    account: deployer,
    chain: null,
  });
  const forwarder = (await clients.reader.waitForTransactionReceipt({ hash })).contractAddress ?? zeroAddress;
  const input = encodeFunctionData({ abi, ...commit() } as never);
  const forwarded = () =>
    refusal(
      clients.reader.simulateContract({
        address: forwarder,
        abi: [...forwarderArtifact.abi, ...abi],
        functionName: "forward",
        args: [deployment.rollup, input],
        account: sequencer,
      }),
    );
  expect(await forwarded()).toMatch(/^NotSequencer/);
  await sends(deployer, { functionName: "setSequencer", args: [forwarder, true] });
  expect((await forwarded()).toLowerCase()).toBe(
    `callnotdirect(${forwarder},${sequencer.address})`.toLowerCase(),
  );
  // EIP-7702: an account with delegated code could call itself from inside another transaction.
  await clients.control.setCode({ address: sequencer.address, bytecode: `0xef0100${forwarder.slice(2)}` });
  expect(await calls(sequencer, commit())).toMatch(/^CallNotDirect/);
});

test("sequencers and guardian are the owner's to set", async () => {
  for (const call of [
    { functionName: "setSequencer", args: [stranger.address, true] },
    { functionName: "setGuardian", args: [stranger.address] },
    { functionName: "unpause" },
    { functionName: "transferOwnership", args: [stranger.address] },
    { functionName: "renounceOwnership" },
    { functionName: "upgradeToAndCall", args: [deployment.implementation, "0x"] },
  ]) {
    expect(await calls(guardian, call)).toBe(`OwnableUnauthorizedAccount(${guardian.address})`);
  }
  expect(await calls(deployer, { functionName: "setSequencer", args: [zeroAddress, true] })).toBe(
    "ZeroAddress()",
  );
  expect(await calls(deployer, { functionName: "setGuardian", args: [zeroAddress] })).toBe("ZeroAddress()");
  expect(await calls(deployer, { functionName: "renounceOwnership" })).toBe(
    `RenounceDisabled(${deployer.address})`,
  );
  await sends(deployer, { functionName: "setSequencer", args: [sequencer.address, false] });
  expect(await calls(sequencer, commit())).toMatch(/^NotSequencer/);
  await sends(deployer, { functionName: "setSequencer", args: [stranger.address, true] });
  await sends(stranger, commit());
});

test("the guardian stops, only the owner resumes", async () => {
  expect(await calls(stranger, { functionName: "pause" })).toBe(`NotGuardian(${stranger.address})`);
  await sends(guardian, { functionName: "pause" });
  expect(await calls(sequencer, commit())).toBe("EnforcedPause()");
  expect(await calls(guardian, { functionName: "pause" })).toBe("EnforcedPause()");
  await sends(deployer, { functionName: "unpause" });
  await sends(deployer, { functionName: "pause" });
  await sends(deployer, { functionName: "unpause" });
  await sends(sequencer, commit());
});

test("ownership moves in two steps", async () => {
  await sends(deployer, { functionName: "transferOwnership", args: [stranger.address] });
  expect(await calls(guardian, { functionName: "acceptOwnership" })).toMatch(/^OwnableUnauthorizedAccount/);
  expect(await clients.reader.readContract({ ...contract(), functionName: "owner" })).toBe(deployer.address);
  await sends(stranger, { functionName: "acceptOwnership" });
  expect(await clients.reader.readContract({ ...contract(), functionName: "owner" })).toBe(stranger.address);
});

test("initializes once, never on the implementation, never badly", async () => {
  const args = [stranger.address, stranger.address, stranger.address, word("11"), word("22")];
  expect(await calls(stranger, { functionName: "initialize", args })).toBe("InvalidInitialization()");
  const onImplementation = {
    address: deployment.implementation,
    abi,
    functionName: "initialize",
    args,
  } as never;
  expect(await refusal(clients.reader.simulateContract(onImplementation))).toBe("InvalidInitialization()");
  const proxied = async (values: unknown[]) => {
    const data = encodeFunctionData({ abi, functionName: "initialize", args: values } as never);
    const proxy = { ...rollupProxyArtifact, args: [deployment.implementation, data] as const };
    const estimate = clients.wallet.deployContract({ ...proxy, account: stranger, chain: null });
    await expect(estimate).rejects.toThrow(/revert/);
  };
  await proxied([zeroAddress, ...args.slice(1)]);
  await proxied([args[0], zeroAddress, ...args.slice(2)]);
  await proxied([...args.slice(0, 2), zeroAddress, ...args.slice(3)]);
  await proxied([...args.slice(0, 3), word("00"), word("22")]);
  await proxied([...args.slice(0, 4), word("00")]);
});

test("an upgrade keeps the chain of batches", async () => {
  await sends(sequencer, commit());
  const before = await clients.reader.readContract({ ...contract(), functionName: "lastBatch" });
  const hash = await clients.wallet.deployContract({
    ...rollupArtifact,
    args: [],
    account: deployer,
    chain: null,
  });
  const next = (await clients.reader.waitForTransactionReceipt({ hash })).contractAddress ?? zeroAddress;
  expect(await calls(deployer, { functionName: "upgradeToAndCall", args: [stranger.address, "0x"] })).toMatch(
    /^ERC1967InvalidImplementation|^0x/,
  );
  await sends(deployer, { functionName: "upgradeToAndCall", args: [next, "0x"] });
  expect(await clients.reader.readContract({ ...contract(), functionName: "lastBatch" })).toEqual(before);
  expect(
    await calls(deployer, {
      functionName: "initialize",
      args: [stranger.address, stranger.address, stranger.address, word("11"), word("22")],
    }),
  ).toBe("InvalidInitialization()");
});

test("a batch of 100 KB costs little more than its calldata floor", async () => {
  await sends(sequencer, commit({}, "0x01"));
  const first = await clients.reader.readContract({ ...contract(), functionName: "batchHash", args: [1n] });
  const data: Hex = `0x${"5b".repeat(100_000)}`;
  const change = { number: 2n, previousHash: first, firstBlock: 6n, lastBlock: 6n };
  const { gasUsed } = await sends(sequencer, commit(change, data));
  expect(gasUsed).toBeGreaterThan(4_000_000n);
  expect(gasUsed).toBeLessThan(4_050_000n);
});
