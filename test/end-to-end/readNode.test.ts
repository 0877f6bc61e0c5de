/**
 * A read node over what a verifier rebuilt from L1, beside the sequencer's own RPC: every answer is the same. The chain
 * is then exported from both and replayed on stock EthereumJS.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createPublicClient, createWalletClient, defineChain, type Hex, http, webSocket } from "viem";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { optimismPortalAbi } from "../../contracts/index.ts";
import { createLogger } from "../../infra/index.ts";
import { hexToBytes } from "../../protocol/index.ts";
import { type RunningRole, startReadNode } from "../../sequencer/index.ts";
import { type Archive, createArchive } from "../../verifier/archive/index.ts";
import { archiveSource, exportBlocks, exportGenesis, rpcSource } from "../../verifier/export/index.ts";
import { anvilBlobs, createVerifier, stateDirOf, type Verifier } from "../../verifier/index.ts";
import { replayExport } from "../support/replayExport.ts";
import { RpcError, rpc } from "../support/rpc.ts";
import { runBraid } from "../support/runBraid.ts";
import { devAccount, settlementClients } from "../support/settlementClients.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const USER = devAccount(4);
const DEPOSITOR = devAccount(5);
const RECIPIENT: Hex = `0x${"bb".repeat(20)}`;
/** Stores its argument in slot 0 and logs it under its caller. */
const CREATION: Hex = "0x6013600c60003960136000f36000356000556000356000523360206000a100";
const FEES = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 5n };
const until = (condition: () => Promise<boolean> | boolean) =>
  vi.waitUntil(condition, { timeout: 60_000, interval: 50 });

let node: TestNode;
let folder: string;
let archive: Archive;
let verifier: Verifier;
let running: Promise<unknown>;
let readNode: RunningRole;
let l2: ReturnType<typeof l2Clients>;
let contract: Hex;

function l2Clients() {
  const chain = defineChain({
    id: node.config.l2ChainId,
    name: "Braid",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [node.rpcUrl] } },
  });
  const transport = http(node.rpcUrl);
  return {
    reader: createPublicClient({ chain, transport, pollingInterval: 20, cacheTime: 0 }),
    wallet: createWalletClient({ chain, transport, account: USER }),
  };
}

const readUrl = () => readNode.info["rpcUrl"] ?? "";
const word = (value: number): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const mined = (hash: Hex) => l2.reader.waitForTransactionReceipt({ hash, timeout: 30_000 });

async function deposit(value: bigint): Promise<void> {
  const { reader1, wallet1 } = settlementClients(node, DEPOSITOR);
  const hash = await wallet1.writeContract({
    ...{ address: node.contracts.portal, abi: optimismPortalAbi, functionName: "depositTransaction" },
    ...{ account: DEPOSITOR, chain: null, gas: 1_000_000n, value },
    args: [RECIPIENT, value, 100_000n, false, "0x"],
  });
  await reader1.waitForTransactionReceipt({ hash });
  await until(async () => (await l2.reader.getBalance({ address: RECIPIENT })) >= value);
}

async function makeChain(): Promise<void> {
  const { wallet, reader } = l2;
  const created = await mined(await wallet.sendTransaction({ data: CREATION, gas: 200_000n, ...FEES }));
  contract = created.contractAddress ?? "0x";
  for (let value = 1; value <= 6; value++) {
    await mined(await wallet.sendTransaction({ to: contract, data: word(value), gas: 100_000n, ...FEES }));
  }
  // Fails: the gas does not suffice.
  await mined(await wallet.sendTransaction({ to: contract, data: word(9), gas: 30_000n, ...FEES }));
  const price = { gasPrice: 10n ** 11n };
  await mined(await wallet.sendTransaction({ type: "legacy", to: RECIPIENT, value: 3n, ...price }));
  const accessList = [{ address: contract, storageKeys: [word(0)] }];
  await mined(
    await wallet.sendTransaction({ type: "eip2930", to: contract, data: word(8), accessList, ...price }),
  );
  const nonce = await reader.getTransactionCount({ address: USER.address });
  const authorization = await wallet.signAuthorization({ contractAddress: contract, nonce: nonce + 1 });
  await mined(
    await wallet.sendTransaction({
      to: RECIPIENT,
      authorizationList: [authorization],
      gas: 100_000n,
      ...FEES,
    }),
  );
  await deposit(10n ** 18n);
}

const headOf = async (url: string) => Number(await rpc(url, "eth_blockNumber", []));
/** Resolves to the head when both nodes have it, and L1 too. */
async function caughtUp(): Promise<number> {
  let heads: number[] = [];
  const same = async () => {
    heads = await Promise.all([
      ...[headOf(node.rpcUrl), headOf(readUrl())],
      ...[safeOf(node.rpcUrl), safeOf(readUrl())],
    ]);
    return new Set(heads).size === 1;
  };
  await until(same).catch((cause: unknown) => {
    throw new TypeError(`latest and safe of the node and of the read node: ${heads}`, { cause });
  });
  return heads[0] ?? -1;
}
async function safeOf(url: string): Promise<number> {
  const status = (await rpc(url, "rollup_syncStatus", [])) as { safe: { number: Hex } };
  return Number(status.safe.number);
}

/** Result or error, as a client sees it. */
async function answer(url: string, method: string, params: unknown[]): Promise<unknown> {
  try {
    return { result: await rpc(url, method, params) };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return { code: error.rpcCode, message: error.message };
  }
}

async function expectSame(calls: [string, unknown[]][]): Promise<void> {
  for (const [method, params] of calls) {
    const [served, own] = await Promise.all([
      answer(readUrl(), method, params),
      answer(node.rpcUrl, method, params),
    ]);
    expect(served, `${method} ${JSON.stringify(params)}`).toEqual(own);
  }
}

const resultsOf = (calls: [string, unknown[]][]) =>
  Promise.all(calls.map(([method, params]) => answer(readUrl(), method, params)));

beforeAll(async () => {
  node = await startTestNode({
    ...{ BRAID_BATCH_INTERVAL_MS: "300", BRAID_L1_POLL_MS: "100", BRAID_L1_POLLING_MS: "100" },
    ...{ BRAID_LANES: "1", BRAID_DATA_AVAILABILITY: "calldata" },
    BRAID_HEARTBEAT_MS: "600000",
  });
  l2 = l2Clients();
  await makeChain();
  folder = mkdtempSync(path.join(tmpdir(), "braid-read-node-"));
  archive = createArchive(folder);
  const { l1Url, rollup } = node;
  verifier = createVerifier({
    ...{ l1Url, rollup, dataDir: folder, lanes: 1, sink: archive, follow: true },
    blobs: [anvilBlobs(l1Url)],
  });
  const chain = await verifier.chain();
  await archive.identify(chain);
  running = verifier.run();
  const options = {
    ...{ archive, stateDirectory: stateDirOf(folder), chain: chain.config },
    config: { ...node.config, l2Port: 0 },
    logger: createLogger({ level: "error", format: "json", name: "test" }),
    sendTo: "https://sequencer.example",
    portal: { l1Url, rollup, portal: node.contracts.portal },
  };
  readNode = await startReadNode(options);
  await caughtUp();
  // Again, so that it has seen no block before it is asked: the archive answers and no cache.
  await readNode.stop();
  readNode = await startReadNode(options);
  await caughtUp();
}, 240_000);
afterAll(async () => {
  await readNode?.stop();
  await verifier?.stop();
  await running;
  await archive?.close();
  await node?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

describe("a read node", () => {
  it("answers about blocks as the sequencer's RPC", async () => {
    const head = await caughtUp();
    for (let number = 0; number <= head; number++) {
      const hex = `0x${number.toString(16)}`;
      const { hash } = (await rpc(node.rpcUrl, "eth_getBlockByNumber", [hex, false])) as { hash: Hex };
      await expectSame([
        ...[hex, hash].flatMap((selector): [string, unknown[]][] => [
          ["debug_getRawBlock", [selector]],
          ["debug_getRawHeader", [selector]],
          ["debug_getRawReceipts", [selector]],
          ["eth_getBlockReceipts", [selector]],
        ]),
        ["eth_getBlockByNumber", [hex, true]],
        ["eth_getBlockByHash", [hash, false]],
        ["eth_getHeaderByNumber", [hex]],
        ["eth_getBlockTransactionCountByHash", [hash]],
        ["eth_getBlockAccessList", [hex]],
        ["debug_getRawBlockAccessList", [hex]],
        ["debug_traceBlockByNumber", [hex, { tracer: "callTracer" }]],
        ["trace_block", [hex]],
        ["ots_getBlockDetails", [number]],
        ["rollup_getBatchOfBlock", [hex]],
      ]);
    }
    for (const tag of ["latest", "safe", "finalized", "earliest", `0x${(head + 1).toString(16)}`]) {
      await expectSame([["eth_getBlockByNumber", [tag, true]]]);
    }
    expect(archive.headNow()?.number).toBe(head);
  }, 120_000);

  it("answers about transactions and accounts as the sequencer's RPC", async () => {
    const head = await caughtUp();
    const kinds = new Set<string>();
    for (let number = 1; number <= head; number++) {
      const block = (await rpc(node.rpcUrl, "eth_getBlockByNumber", [`0x${number.toString(16)}`, true])) as {
        transactions: { hash: Hex; type: string }[];
      };
      for (const { hash, type } of block.transactions) {
        kinds.add(type);
        await expectSame([
          ["eth_getTransactionByHash", [hash]],
          ["eth_getTransactionReceipt", [hash]],
          ["eth_getRawTransactionByHash", [hash]],
          ["debug_traceTransaction", [hash, { tracer: "prestateTracer" }]],
          ["debug_traceTransaction", [hash]],
          ["trace_transaction", [hash]],
          ["ots_getInternalOperations", [hash]],
          ["ots_getTransactionError", [hash]],
          ["rollup_getWithdrawalStatus", [hash]],
        ]);
      }
    }
    expect([...kinds].sort()).toEqual(["0x0", "0x1", "0x2", "0x4", "0x7e"]);
    const searches = [USER.address, contract, RECIPIENT].flatMap((address): [string, unknown[]][] => [
      ["ots_searchTransactionsBefore", [address, 0, 5]],
      ["ots_searchTransactionsAfter", [address, 0, 25]],
      ["ots_getTransactionBySenderAndNonce", [address, 2]],
      ["ots_getContractCreator", [address]],
      ["trace_filter", [{ fromBlock: "0x0", toBlock: "latest", toAddress: [address] }]],
    ]);
    await expectSame(searches);
    await expectSame([["eth_getTransactionByHash", [word(7)]]]);
  }, 120_000);

  it("answers about logs, states, calls and proofs as the sequencer's RPC", async () => {
    const head = await caughtUp();
    const caller = `0x${USER.address.slice(2).toLowerCase().padStart(64, "0")}`;
    const all = { fromBlock: "0x0", toBlock: "latest" };
    const logs: [string, unknown[]][] = [
      ["eth_getLogs", [all]],
      ["eth_getLogs", [{ ...all, address: contract }]],
      ["eth_getLogs", [{ ...all, topics: [caller] }]],
      ["eth_getLogs", [{ ...all, address: [RECIPIENT, contract], topics: [[word(1), caller]] }]],
      ["eth_getLogs", [{ ...all, address: RECIPIENT }]],
      ["eth_getLogs", [{ fromBlock: "0x3", toBlock: "0x6", topics: [null] }]],
      ["eth_getLogs", [{ fromBlock: "0x3", toBlock: "0xffff" }]],
    ];
    await expectSame(logs);
    const [found] = await resultsOf(logs);
    expect((found as { result: unknown[] }).result.length).toBeGreaterThanOrEqual(7);
    const heights = ["0x0", "0x4", `0x${(head - 1).toString(16)}`, "latest", "safe", "finalized"];
    const call = { from: USER.address, to: contract, data: word(5), gas: "0x30000" };
    for (const at of heights) {
      await expectSame([
        ["eth_getBalance", [RECIPIENT, at]],
        ["eth_getTransactionCount", [USER.address, at]],
        ["eth_getCode", [contract, at]],
        ["eth_getStorageAt", [contract, "0x0", at]],
        ["eth_getProof", [contract, [word(0)], at]],
        ["eth_call", [call, at]],
        ["eth_estimateGas", [call, at]],
        ["eth_createAccessList", [call, at]],
        ["eth_simulateV1", [{ blockStateCalls: [{ calls: [call] }] }, at]],
        ["debug_traceCall", [call, at, { tracer: "callTracer" }]],
      ]);
    }
    await expectSame([
      ["eth_chainId", []],
      ["net_version", []],
      ["eth_feeHistory", ["0x5", "latest", [10, 90]]],
      ["eth_gasPrice", []],
      ["eth_maxPriorityFeePerGas", []],
      ["eth_config", []],
      ["eth_syncing", []],
      ["rollup_syncStatus", []],
      ["rollup_getBatch", ["0x1"]],
      ["rollup_getBatch", ["0x77"]],
      ["txpool_status", []],
      ["rpc_modules", []],
      ["web3_clientVersion", []],
    ]);
  }, 120_000);

  it("refuses what is sent, and says where to send it", async () => {
    const raw = await USER.signTransaction({
      ...{ chainId: node.config.l2ChainId, type: "eip1559", nonce: 99, gas: 21_000n, to: RECIPIENT },
      ...FEES,
    });
    for (const method of ["eth_sendRawTransaction", "eth_sendRawTransactionSync"]) {
      expect(await answer(readUrl(), method, [raw])).toEqual({
        code: -32000,
        message: expect.stringMatching(/only reads: send transactions to https:\/\/sequencer\.example, or/),
      });
    }
  });

  it("tells subscribers of blocks as they are verified", async () => {
    await caughtUp();
    const client = createPublicClient({ transport: webSocket(readNode.info["wsUrl"], { reconnect: false }) });
    const heard: (bigint | null)[] = [];
    const logs: unknown[] = [];
    const end = client.watchBlocks({ onBlock: ({ number }) => heard.push(number) });
    const endLogs = client.watchEvent({ address: contract, onLogs: (some) => logs.push(...some) });
    const before = await headOf(readUrl());
    await until(async () => (await client.getBlockNumber()) >= BigInt(before));
    await mined(await l2.wallet.sendTransaction({ to: contract, data: word(77), gas: 100_000n, ...FEES }));
    const head = await caughtUp();
    expect(head).toBeGreaterThan(before);
    await until(() => heard.includes(BigInt(head)) && logs.length === 1);
    end();
    endLogs();
    (await client.transport.getRpcClient()).close();
    await expectSame([["eth_getStorageAt", [contract, "0x0", "latest"]]]);
  }, 60_000);
});

describe("an export of a whole chain", () => {
  it("is the same from the archive and over JSON-RPC, and replays on stock EthereumJS", async () => {
    const head = await caughtUp();
    const file = (name: string) => path.join(folder, name);
    const deployment = { l1Url: node.l1Url, rollup: node.rollup };
    const overRpc = rpcSource({ url: node.rpcUrl, deployment });
    const fromArchive = archiveSource(archive);
    for (const [name, source] of [
      ["rpc", overRpc],
      ["archive", fromArchive],
    ] as const) {
      await exportBlocks({ source, file: file(`${name}.rlp`), toBlock: head });
      await exportGenesis(await source.genesis(), file(`${name}.json`));
    }
    expect(readFileSync(file("rpc.rlp"))).toEqual(readFileSync(file("archive.rlp")));
    expect(readFileSync(file("rpc.json"))).toEqual(readFileSync(file("archive.json")));
    const replay = await replayExport(file("archive.json"), file("archive.rlp"));
    const { hash } = (await rpc(node.rpcUrl, "eth_getBlockByNumber", ["latest", false])) as { hash: Hex };
    expect(replay.blocks).toBe(head);
    expect(replay.lastHash).toEqual(hexToBytes(hash));
    expect([...replay.transactions.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 4, 0x7e]);
  }, 120_000);
});

describe("the commands", () => {
  it("braid verify --rpc serves what it verifies, and braid export writes it", async () => {
    const head = await caughtUp();
    const data = path.join(folder, "commands");
    const args = ["verify", "--l1", node.l1Url, "--rollup", node.rollup, "--data", data, "--rpc", "0"];
    const child = spawn(path.join(REPOSITORY, "braid"), [...args, "--lanes", "1"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    const url = () => /"serving","url":"(http[^"]+)"/.exec(output)?.[1];
    await until(() => url() !== undefined);
    await until(async () => (await headOf(url() ?? "")) === head);
    const latest = ["latest", true];
    expect(await rpc(url() ?? "", "eth_getBlockByNumber", latest)).toEqual(
      await rpc(node.rpcUrl, "eth_getBlockByNumber", latest),
    );
    const files = { rlp: path.join(folder, "commands.rlp"), genesis: path.join(folder, "commands.json") };
    const exporting = ["export", "--data", data, "--rlp", files.rlp, "--genesis", files.genesis];
    const { code, output: said } = await runBraid(exporting, { withinMs: 60_000 });
    expect(said).toContain(`exported blocks 1..${head}, last hash 0x`);
    expect(code).toBe(0);
    child.kill("SIGINT");
    const [ended] = await once(child, "exit");
    expect(output).toMatch(/verified blocks 1\.\.\d+, state root 0x[0-9a-f]{64}\n$/);
    expect(ended).toBe(0);
    expect((await replayExport(files.genesis, files.rlp)).blocks).toBe(head);
    const again = await runBraid(exporting, { withinMs: 60_000 });
    expect(again.output).toContain("exists already");
    expect(again.code).toBe(1);
  }, 180_000);

  it("braid export says what it lacks", async () => {
    for (const [args, message] of [
      [["export", "--data", folder], "nothing to export"],
      [["export", "--rlp", "x.rlp"], "one place"],
      [["export", "--rlp", path.join(folder, "x.rlp"), "--data", path.join(folder, "none")], "no archive"],
    ] as const) {
      const { code, output } = await runBraid([...args], { withinMs: 60_000 });
      expect(output).toContain(message);
      expect(code).toBe(1);
    }
  }, 120_000);
});
