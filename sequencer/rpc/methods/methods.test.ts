import { createMPT, verifyMerkleProof } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { MapDB } from "@ethereumjs/util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { inlineReaders } from "../../../executor/index.ts";
import { bytesToHex, type Hex, hexToBytes, keccak256 } from "../../../protocol/index.ts";
import { blockLogs } from "../blocks/blockLogs.ts";
import { EMPTY_ROOT } from "../format/constants.ts";
import { type Harness, makeBlock, signedTransfer, startHarness } from "../testing/rpcHarness.ts";

const ADDRESS = `0x${"11".repeat(20)}`;
const ZERO = `0x${"00".repeat(32)}`;
const HASH = `0x${"77".repeat(32)}`;

interface Proof {
  accountProof: Hex[];
  storageProof: { key: string; value: string; proof: Hex[] }[];
}

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ blocks: 4 });
  const { transaction } = await signedTransfer(0);
  await harness.mine({ transactions: [transaction] });
});
afterAll(() => harness.stop());

it.each<[string, unknown[], unknown]>([
  ["web3_clientVersion", [], "Braid/test"],
  [
    "web3_sha3",
    ["0x68656c6c6f20776f726c64"],
    "0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad",
  ],
  ["net_version", [], "7357"],
  ["net_listening", [], true],
  ["net_peerCount", [], "0x0"],
  ["eth_chainId", [], "0x1cbd"],
  ["eth_blockNumber", [], "0x4"],
  ["eth_syncing", [], false],
  ["eth_accounts", [], []],
  ["eth_coinbase", [], ADDRESS],
  ["eth_gasPrice", [], "0x34375de6"],
  ["eth_maxPriorityFeePerGas", [], "0xf4240"],
  ["eth_blobBaseFee", [], "0x1"],
  ["eth_getBalance", [ADDRESS, "latest"], "0x0"],
  ["eth_getCode", [ADDRESS, "finalized"], "0x"],
  ["eth_getStorageAt", [ADDRESS, "0x0", { blockNumber: "0x1" }], `0x${"00".repeat(32)}`],
  ["eth_getTransactionCount", [ADDRESS, "pending"], "0x0"],
  ["eth_getBlockTransactionCountByNumber", ["0x4"], "0x1"],
  ["eth_getBlockTransactionCountByHash", [HASH], null],
  ["eth_getUncleCountByBlockNumber", ["latest"], "0x0"],
  ["eth_getUncleCountByBlockHash", [HASH], null],
  ["eth_getUncleByBlockNumberAndIndex", ["latest", "0x0"], null],
  ["eth_getUncleByBlockHashAndIndex", [HASH, "0x0"], null],
  ["eth_getTransactionByBlockHashAndIndex", [HASH, "0x0"], null],
  ["eth_getTransactionByBlockNumberAndIndex", ["latest", "0x1"], null],
  ["eth_getTransactionReceipt", [HASH], null],
  ["eth_getBlockReceipts", [HASH], null],
  ["eth_getHeaderByHash", [HASH], null],
  ["txpool_status", [], { pending: "0x0", queued: "0x0" }],
  [
    "rpc_modules",
    [],
    Object.fromEntries(
      ["braid", "debug", "erigon", "eth", "net", "ots", "rollup", "rpc", "trace", "txpool", "web3"].map(
        (name) => [name, "1.0"],
      ),
    ),
  ],
  ["rollup_getBatchOfBlock", ["latest"], null],
  ["braid_getTransactionStatus", [HASH], { status: "unknown" }],
])("%s%j", async (method, params, expected) => {
  expect(await harness.call(method, ...params)).toEqual({ jsonrpc: "2.0", id: 1, result: expected });
});

it("eth_feeHistory gives base fees, fullness and tips by percentile", async () => {
  const { result } = await harness.call("eth_feeHistory", "0x2", "latest", [0, 50, 100]);
  expect(result).toEqual({
    oldestBlock: "0x3",
    reward: [
      ["0x0", "0x0", "0x0"],
      ["0xf4240", "0xf4240", "0xf4240"],
    ],
    baseFeePerGas: ["0x3b9aca00", "0x3b9aca00", "0x34281ba6"],
    gasUsedRatio: [0, 21_000 / 120_000_000],
    baseFeePerBlobGas: ["0x1", "0x1", "0x1"],
    blobGasUsedRatio: [0, 0],
  });
  expect((await harness.call("eth_feeHistory", 1, "latest", [50, 20])).error).toEqual({
    code: -32000,
    message: "invalid reward percentile: #0:50.000000 >= #1:20.000000",
  });
  expect((await harness.call("eth_feeHistory", 1, "0x100")).error).toEqual({
    code: -32000,
    message: "request beyond head block: requested 256, head 4",
  });
  expect((await harness.call("eth_feeHistory", "0x400", "0x1")).result).toMatchObject({ oldestBlock: "0x0" });
});

it("matches logs by address and by topic position, and numbers them over the whole block", async () => {
  const log = (address: number, ...topics: number[]) => ({
    address: new Uint8Array(20).fill(address),
    topics: topics.map((topic) => new Uint8Array(32).fill(topic)),
    data: new Uint8Array(0),
  });
  const { transaction } = await signedTransfer(0);
  const logs = [[log(1, 5, 6), log(2, 5)], [log(1, 7, 6)]];
  const block = makeBlock(undefined, { transactions: [transaction, transaction], logs });
  const find = (addresses: number[], topics: number[][]) =>
    blockLogs(block, {
      addresses: addresses.map((one) => new Uint8Array(20).fill(one)),
      topics: topics.map((position) => position.map((one) => new Uint8Array(32).fill(one))),
    }).map(({ logIndex }) => logIndex);
  expect(find([], [])).toEqual([0, 1, 2]);
  expect(find([1], [])).toEqual([0, 2]);
  expect(find([], [[], [6]])).toEqual([0, 2]);
  expect(find([1, 2], [[5, 7]])).toEqual([0, 1, 2]);
  expect(find([2], [[5], []])).toEqual([]);
});

it("eth_getProof's proofs verify against the roots, presence and absence alike", async () => {
  const db = new MapDB<string, Uint8Array>();
  const options = { useKeyHashing: true, useKeyHashingFunction: keccak256 };
  const slot = new Uint8Array(32).fill(3);
  const storage = await createMPT({ ...options, db, valueEncoding: "view" });
  for (let other = 0; other < 40; other++)
    await storage.put(new Uint8Array(32).fill(other), RLP.encode(new Uint8Array([9])));
  const address = hexToBytes(ADDRESS);
  const accounts = await createMPT({ ...options, db, valueEncoding: "view" });
  const account = {
    nonce: 1n,
    balance: 5n,
    codeHash: keccak256(new Uint8Array(0)),
    storageRoot: storage.root(),
  };
  const encoded = RLP.encode([account.nonce, account.balance, account.storageRoot, account.codeHash]);
  for (let other = 0; other < 40; other++) await accounts.put(new Uint8Array(20).fill(other), encoded);

  const readers = inlineReaders({
    snapshot: () => {
      throw new RangeError("proofs are read from trie nodes");
    },
    node: (hash) => db._database.get(bytesToHex(hash).slice(2)),
    code: () => new Uint8Array(0),
  });
  const live = await startHarness({ dependencies: { readers } });
  const [genesis] = live.chain.blocks;
  if (genesis !== undefined) genesis.header.stateRoot = accounts.root();
  const absentSlot = new Uint8Array(32).fill(0xee);
  const prove = async (who: string, ...keys: string[]) =>
    (await live.call("eth_getProof", who, keys, "latest")).result as Proof;
  const proof = await prove(ADDRESS, bytesToHex(slot), bytesToHex(absentSlot), "0x0001");
  const { codeHash, storageRoot } = account;
  expect(proof).toMatchObject({
    address: ADDRESS,
    balance: "0x5",
    nonce: "0x1",
    codeHash: bytesToHex(codeHash),
    storageHash: bytesToHex(storageRoot),
  });
  expect(proof.storageProof.map(({ key }) => key)).toEqual([bytesToHex(slot), bytesToHex(absentSlot), "0x1"]);
  expect(await verifyMerkleProof(address, proof.accountProof.map(hexToBytes), options)).toEqual(encoded);
  expect(proof.storageProof.map(({ value }) => value)).toEqual(["0x9", "0x0", "0x0"]);
  const [present, absent] = proof.storageProof.map((one) => one.proof.map(hexToBytes));
  expect(await verifyMerkleProof(slot, present ?? [], options)).toEqual(RLP.encode(new Uint8Array([9])));
  expect(await verifyMerkleProof(absentSlot, absent ?? [], options)).toBeNull();
  const nobody = `0x${"ab".repeat(20)}`;
  const missing = await prove(nobody, "0x1");
  expect(
    await verifyMerkleProof(hexToBytes(nobody), missing.accountProof.map(hexToBytes), options),
  ).toBeNull();
  expect(missing).toMatchObject({
    codeHash: ZERO,
    storageHash: ZERO,
    storageProof: [{ key: "0x1", proof: [] }],
  });
  const tooMany = await live.call("eth_getProof", ADDRESS, new Array(1025).fill("0x1"), "latest");
  expect(tooMany.error).toEqual({ code: -32602, message: "too many slots (max 1024)" });
  await live.stop();
});

it("eth_call, eth_estimateGas and eth_createAccessList run on the real simulator", async () => {
  // Returns 42; reverts with what it was given when it was given anything.
  const code = hexToBytes("0x3615600c57365f5f37365ffd5b602a5f5260205ff3");
  const codeHash = keccak256(code);
  const contract = { nonce: 1n, balance: 0n, codeHash, storageRoot: hexToBytes(EMPTY_ROOT) };
  const live = await startHarness({
    dependencies: {
      readers: inlineReaders({
        snapshot: () => ({
          head: { number: 0, hash: new Uint8Array(32), stateRoot: makeBlock(undefined).header.stateRoot },
          account: (asked) => (asked[0] === 0x11 ? contract : undefined),
          storage: () => new Uint8Array(0),
          code: () => code,
          close: () => undefined,
        }),
        node: () => undefined,
        code: () => code,
      }),
    },
  });
  const answer = await live.call("eth_call", { to: ADDRESS }, "latest");
  expect(answer.result).toBe(`0x${"2a".padStart(64, "0")}`);
  const panic = `0x4e487b71${"11".padStart(64, "0")}`;
  expect((await live.call("eth_call", { to: ADDRESS, input: panic, gas: null })).error).toEqual({
    code: 3,
    message: "execution reverted: arithmetic underflow or overflow",
    data: panic,
  });
  const { result } = await live.call("eth_estimateGas", { to: ADDRESS });
  expect(Number(result)).toBeGreaterThan(21_000);
  const list = await live.call("eth_createAccessList", { to: ADDRESS });
  expect(list.result).toMatchObject({ accessList: [], gasUsed: expect.stringMatching(/^0x/) });
  const contradiction = await live.call("eth_call", { gasPrice: "0x1", maxFeePerGas: "0x1" });
  expect(contradiction.error).toEqual({
    code: -32000,
    message: "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
  });
  await live.stop();
});
