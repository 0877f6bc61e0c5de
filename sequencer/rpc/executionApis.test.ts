import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inlineReaders } from "../../executor/index.ts";
import {
  bytesToHex,
  decodeTransaction,
  encodeBlockAccessList,
  hexToBytes,
  keccak256,
  type Log,
  type Transaction,
} from "../../protocol/index.ts";
import { loadExecutionApis } from "../../test/support/executionApis.ts";
import { EMPTY_ROOT } from "./format/constants.ts";
import { methods } from "./methods/index.ts";
import { type Harness, startHarness } from "./testing/rpcHarness.ts";

const apis = loadExecutionApis();
const account = mnemonicToAccount("test test test test test test test test test test test junk");
const TO = "0x000000000000000000000000000000000000dead";
const CONTRACT = `0x${"11".repeat(20)}`;
const ABSENT = `0x${"77".repeat(32)}`;
const WORD = `0x${"00".repeat(31)}07`;
/** A state trie of one account, whatever its root is asked for by: RLP of a leaf's path and value. */
const someLeaf = hexToBytes(`0xe3a120${"ab".repeat(32)}07`);
const log: Log = {
  address: hexToBytes(CONTRACT),
  topics: [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)],
  data: new Uint8Array([9]),
};

/** One transaction of each type that a block of ours can hold, one of them a creation. */
async function everyType(): Promise<Transaction[]> {
  const common = { chainId: 7357, gas: 100_000n, value: 1n } as const;
  const fees = { maxFeePerGas: 2_000_000_000n, maxPriorityFeePerGas: 1_000_000n };
  const accessList = [{ address: CONTRACT, storageKeys: [WORD] }] as const;
  const list = accessList.map(({ address, storageKeys }) => ({
    address: address as `0x${string}`,
    storageKeys: storageKeys as unknown as `0x${string}`[],
  }));
  const authorization = await privateKeyToAccount(generatePrivateKey()).signAuthorization({
    chainId: 7357,
    nonce: 9,
    contractAddress: TO,
  });
  const raws = [
    await account.signTransaction({ ...common, type: "legacy", nonce: 0, to: TO, gasPrice: 2_000_000_000n }),
    await account.signTransaction({
      gas: 100_000n,
      type: "legacy",
      nonce: 1,
      data: "0x00",
      gasPrice: 2_000_000_000n,
    }),
    await account.signTransaction({
      ...common,
      type: "eip2930",
      nonce: 2,
      to: TO,
      gasPrice: 2_000_000_000n,
      accessList: list,
    }),
    await account.signTransaction({
      ...common,
      ...fees,
      type: "eip1559",
      nonce: 3,
      to: TO,
      accessList: list,
    }),
    await account.signTransaction({
      ...common,
      ...fees,
      type: "eip7702",
      nonce: 4,
      to: TO,
      authorizationList: [authorization],
    }),
  ];
  return raws.map((raw) => decodeTransaction(hexToBytes(raw)));
}

/** Returns 42. */
const code = hexToBytes("0x602a5f5260205ff3");
const contract = { nonce: 1n, balance: 5n, codeHash: keccak256(code), storageRoot: hexToBytes(EMPTY_ROOT) };
const state = {
  // The root that the harness's blocks have: so the flat tables are read.
  head: { number: 3, hash: new Uint8Array(32), stateRoot: new Uint8Array(32).fill(1) },
  account: (asked: Uint8Array) => (asked[0] === 0x11 ? contract : undefined),
  storage: () => new Uint8Array([7]),
  code: () => code,
  close: () => undefined,
};

describe.skipIf(apis === undefined)(
  "the public document of the execution APIs (BRAID_TEST_EXECUTION_APIS_SPEC)",
  () => {
    let harness: Harness;
    let hashes: string[] = [];
    beforeAll(async () => {
      const content = () => {
        const pending = [...harness.pool.values()];
        return pending.slice(0, 1).map(({ sender }) => ({ sender, pending, queued: pending }));
      };
      const moment = { version: 1, size: 1, select: () => [], content };
      const waitingPool = {
        now: async () => moment,
        sealed: () => undefined,
        stop: async () => undefined,
      };
      const readers = inlineReaders({ snapshot: () => state, node: () => someLeaf, code: () => code });
      harness = await startHarness({
        blocks: 3,
        dependencies: {
          readers,
          pool: waitingPool,
          state: { latest: () => state, at: async () => state, trieNode: () => undefined },
        },
      });
      const transactions = await everyType();
      hashes = transactions.map(({ hash }) => bytesToHex(hash));
      const block = await harness.mine({ transactions, logs: [[log], [], [log, log], [], []] });
      harness.chain.blockAccessList = async () => encodeBlockAccessList([]);
      for (const receipt of block.receipts) receipt.logsBloom.fill(1);
      await harness.call(
        "eth_sendRawTransaction",
        await account.signTransaction({
          type: "eip1559",
          chainId: 7357,
          nonce: 7,
          gas: 21_000n,
          to: TO,
          maxFeePerGas: 2_000_000_000n,
        }),
      );
    });
    afterAll(() => harness.stop());

    async function check(method: string, ...params: unknown[]): Promise<unknown> {
      const { result, error } = await harness.call(method, ...params);
      expect(error, `${method}${JSON.stringify(params)}`).toBeUndefined();
      const validate = apis?.get(method);
      expect(validate, method).toBeDefined();
      const valid = validate?.(result);
      expect(valid, `${method}${JSON.stringify(params)}: ${JSON.stringify([validate?.errors, result])}`).toBe(
        true,
      );
      return result;
    }

    it.each<[string, unknown[][]]>([
      [
        "eth_getBlockByNumber",
        [
          ["0x3", true],
          ["0x3", false],
          ["0x0", true],
          ["0xffff", false],
          ["latest", true],
        ],
      ],
      ["eth_getBlockByHash", [[ABSENT, true]]],
      ["eth_getBlockTransactionCountByNumber", [["0x3"], ["0xffff"]]],
      ["eth_getBlockTransactionCountByHash", [[ABSENT]]],
      ["eth_getBlockReceipts", [["0x3"], ["0xffff"]]],
      ["eth_getTransactionByHash", [[ABSENT]]],
      [
        "eth_getTransactionByBlockNumberAndIndex",
        [
          ["0x3", "0x0"],
          ["0x3", "0x4"],
          ["0x3", "0x9"],
        ],
      ],
      ["eth_getTransactionReceipt", [[ABSENT]]],
      [
        "eth_getLogs",
        [
          [{ fromBlock: "0x3" }],
          [{ fromBlock: "0x3", toBlock: "latest" }],
          [{ address: CONTRACT, topics: [null], fromBlock: "0x3" }],
        ],
      ],
      [
        "eth_getBalance",
        [
          [CONTRACT, "latest"],
          [TO, "0x1"],
        ],
      ],
      [
        "eth_getCode",
        [
          [CONTRACT, "latest"],
          [TO, "latest"],
        ],
      ],
      ["eth_getStorageAt", [[CONTRACT, "0x0", "latest"]]],
      [
        "eth_getTransactionCount",
        [
          [CONTRACT, "latest"],
          [TO, "pending"],
        ],
      ],
      [
        "eth_call",
        [
          [{ to: CONTRACT }, "latest"],
          [{ to: TO }, "latest"],
        ],
      ],
      ["eth_estimateGas", [[{ to: CONTRACT }]]],
      ["eth_createAccessList", [[{ to: CONTRACT }, "latest"]]],
      [
        "eth_feeHistory",
        [
          ["0x2", "latest", [10, 90]],
          ["0x1", "latest", []],
        ],
      ],
      ["eth_blockNumber", [[]]],
      ["eth_chainId", [[]]],
      ["eth_syncing", [[]]],
      ["eth_accounts", [[]]],
      ["eth_coinbase", [[]]],
      ["eth_gasPrice", [[]]],
      ["eth_maxPriorityFeePerGas", [[]]],
      ["eth_blobBaseFee", [[]]],
      ["eth_baseFee", [[]]],
      ["eth_capabilities", [[]]],
      ["net_version", [[]]],
      ["txpool_status", [[]]],
      ["txpool_content", [[]]],
      ["txpool_contentFrom", [[account.address]]],
      ["debug_getRawHeader", [["0x3"]]],
      ["debug_getRawBlock", [["0x3"]]],
      ["debug_getRawReceipts", [["0x3"]]],
      ["debug_getRawBlockAccessList", [["0x3"]]],
      ["debug_getBadBlocks", [[]]],
      ["eth_simulateV1", [[{ blockStateCalls: [{ calls: [{ from: TO, to: CONTRACT }] }] }, "latest"]]],
    ])("%s", async (method, calls) => {
      if (!methods.has(method)) return;
      for (const params of calls) await check(method, ...params);
    });

    it("each type of transaction, by hash and as receipt", async () => {
      for (const hash of hashes) {
        await check("eth_getTransactionByHash", hash);
        await check("eth_getTransactionReceipt", hash);
        if (methods.has("debug_getRawTransaction")) await check("debug_getRawTransaction", hash);
      }
      const block = await check("eth_getBlockByNumber", "0x3", false);
      const { hash } = block as { hash: string };
      await check("eth_getBlockByHash", hash, true);
      await check("eth_getBlockTransactionCountByHash", hash);
      await check("eth_getTransactionByBlockHashAndIndex", hash, "0x1");
      await check("eth_getLogs", { blockHash: hash });
    });

    it("a transaction that waits", async () => {
      const [waiting] = harness.pool.keys();
      const { result } = await harness.call("eth_getTransactionByHash", waiting);
      expect(result).toMatchObject({ blockHash: null, blockNumber: null, transactionIndex: null });
      // The document has no words for a transaction in no block; geth gives null, and the rest must fit.
      const place = { blockHash: ABSENT, blockNumber: "0x1", blockTimestamp: "0x1", transactionIndex: "0x0" };
      const validate = apis?.get("eth_getTransactionByHash");
      const valid = validate?.({ ...(result as object), ...place });
      expect(valid, JSON.stringify(validate?.errors)).toBe(true);
    });

    it("filters", async () => {
      const logs = await check("eth_newFilter", { fromBlock: "0x3" });
      const blocks = await check("eth_newBlockFilter");
      const pending = await check("eth_newPendingTransactionFilter");
      const [waiting] = harness.pool.values();
      await harness.mine({ transactions: waiting === undefined ? [] : [waiting], logs: [[log]] });
      // What is empty fits both hashes and logs, and the document wants exactly one.
      for (const id of [logs, blocks]) await check("eth_getFilterChanges", id);
      await check("eth_getFilterLogs", logs);
      for (const id of [logs, blocks, pending]) await check("eth_uninstallFilter", id);
    });

    it("tells which of its methods are not served here", () => {
      const missing = [...(apis?.keys() ?? [])].filter((name) => !methods.has(name));
      // They need accounts that sign.
      const accounts = ["eth_sendTransaction", "eth_sign", "eth_signTransaction", "eth_fillTransaction"];
      expect(missing.filter((name) => !accounts.includes(name))).toEqual([]);
    });
  },
);
