import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { createRedis } from "../../../infra/index.ts";
import { bytesToHex, type Log } from "../../../protocol/index.ts";
import { startTestStack, type TestStack } from "../../../test/support/stack.ts";
import { createMempool } from "../../mempool/index.ts";
import { createBlockCache } from "../blocks/blockCache.ts";
import { createHeadTracker } from "../heads/headTracker.ts";
import {
  createArrayChain,
  type Harness,
  makeBlock,
  signedTransfer,
  startHarness,
} from "../testing/rpcHarness.ts";
import type { FilterStore } from "./filterStore.ts";
import { createMemoryFilterStore } from "./memoryFilterStore.ts";
import { createRedisPendingJournal } from "./pendingJournal.ts";
import { createRedisFilterStore } from "./redisFilterStore.ts";

const BOUNDS = { filters: 5, filtersPerClient: 3, filterIdleMs: 60_000 };
const FILTER = { definition: '{"kind":"block"}', cursor: "1" };

let stack: TestStack;
let redis: Awaited<ReturnType<typeof createRedis>>;
beforeAll(async () => {
  stack = await startTestStack({ redis: true });
  redis = await createRedis(stack.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await stack.stop();
});

describe.each<[string, (idleMs: number) => FilterStore]>([
  ["memory", (filterIdleMs) => createMemoryFilterStore({ ...BOUNDS, filterIdleMs })],
  ["Redis", (filterIdleMs) => createRedisFilterStore(redis, { ...BOUNDS, filterIdleMs })],
])("filters in %s", (_name, create) => {
  it("keeps a filter, moves its cursor once, and ends it once", async () => {
    const store = create(60_000);
    const id = await store.add("a", FILTER);
    expect(await store.get(id)).toMatchObject(FILTER);
    expect(await Promise.all([store.advance(id, "1", "2"), store.advance(id, "1", "3")])).toEqual([
      true,
      false,
    ]);
    expect(await store.get(id)).toMatchObject({ cursor: "2" });
    expect(await store.remove(id)).toBe(true);
    expect(await store.remove(id)).toBe(false);
    expect(await store.get(id)).toBeUndefined();
    expect(await store.advance(id, "2", "4")).toBe(false);
    for (const no of ["", "0x", "braid:filters", `0x${"g".repeat(32)}`]) {
      expect(await store.get(no)).toBeUndefined();
    }
    store.stop();
  });

  it("names the bound that refuses, and gives room again", async () => {
    const store = create(60_000);
    const mine = await Promise.all([1, 2, 3].map(() => store.add("a", FILTER)));
    await expect(store.add("a", FILTER)).rejects.toThrow("limit exceeded: 3 filters of one address");
    const others = await Promise.all(["b", "c"].map((client) => store.add(client, FILTER)));
    await expect(store.add("d", FILTER)).rejects.toThrow("limit exceeded: 5 filters");
    for (const id of [...mine, ...others]) await store.remove(id);
    const again = await store.add("a", FILTER);
    await store.remove(again);
    store.stop();
  });

  it("forgets what nobody polls", async () => {
    const store = create(60);
    const id = await store.add("a", FILTER);
    await vi.waitFor(async () => {
      // Asking keeps it alive: so a bound that has room again tells.
      for (let more = 0; more < 3; more++) await store.add("a", FILTER);
    });
    expect(await store.get(id)).toBeUndefined();
    store.stop();
  });
});

it("two processes answer polls of the same filter, each change once", async () => {
  const limits = { filters: 100, filtersPerClient: 50 };
  const store = createRedisFilterStore(redis, { ...BOUNDS, ...limits });
  const one = await startHarness({ dependencies: { filterStore: store } });
  const other = await startHarness({ dependencies: { filterStore: store } });
  const { result: id } = await one.call("eth_newBlockFilter");
  const hashes: string[] = [];
  for (let round = 0; round < 10; round++) {
    const block = await one.mine();
    await other.mine();
    hashes.push(bytesToHex(block.hash));
  }
  const polls = await Promise.all(
    [one, other, one, other].map((node) => node.call("eth_getFilterChanges", id)),
  );
  expect(polls.flatMap(({ result }) => result)).toEqual(hashes);
  expect((await other.call("eth_uninstallFilter", id)).result).toBe(true);
  expect((await one.call("eth_getFilterChanges", id)).error).toEqual({
    code: -32000,
    message: "filter not found",
  });
  await one.stop();
  await other.stop();
});

describe("geth's answers", () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness({ blocks: 5 });
  });
  afterAll(() => harness.stop());

  it.each<[string, unknown[], number, string]>([
    ["eth_getFilterChanges", ["0x1"], -32000, "filter not found"],
    ["eth_getFilterLogs", ["0x1"], -32000, "filter not found"],
    [
      "eth_getFilterLogs",
      [1],
      -32602,
      "invalid argument 0: json: cannot unmarshal number into Go value of type rpc.ID",
    ],
    ["eth_newFilter", [{ fromBlock: "pending" }], -32000, "pending logs are not supported"],
    ["eth_newFilter", [{ fromBlock: "0x5", toBlock: "0x1" }], -32602, "invalid block range params"],
    ["eth_newFilter", [{ topics: [[], [], [], [], []] }], -32602, "invalid argument 0: exceed max topics"],
    ["eth_newFilter", [{ topics: [1] }], -32602, "invalid argument 0: invalid topic(s)"],
    ["eth_newFilter", [{ address: [7] }], -32602, "invalid argument 0: non-string address at index 0"],
    ["eth_subscribe", ["newHeads"], -32001, "notifications not supported"],
    ["eth_unsubscribe", ["0x1"], -32000, "subscription not found"],
    ["eth_subscribe", [1], -32602, "expected subscription name as first argument"],
  ])("%s%j", async (method, params, code, message) => {
    expect((await harness.call(method, ...params)).error).toEqual({ code, message });
  });

  it("eth_uninstallFilter of no filter is false; a block filter has no logs", async () => {
    expect((await harness.call("eth_uninstallFilter", "0x1")).result).toBe(false);
    const { result: id } = await harness.call("eth_newBlockFilter");
    expect((await harness.call("eth_getFilterLogs", id)).error?.message).toBe("filter not found");
  });

  it("a filter of pooled transactions reports each once", async () => {
    const { result: id } = await harness.call("eth_newPendingTransactionFilter");
    const sent: unknown[] = [];
    for (const nonce of [900, 901]) {
      sent.push((await harness.call("eth_sendRawTransaction", (await signedTransfer(nonce)).raw)).result);
    }
    expect((await harness.call("eth_getFilterChanges", id)).result).toEqual(sent);
    expect((await harness.call("eth_getFilterChanges", id)).result).toEqual([]);
  });
});

describe("a head that goes back", () => {
  const log = (fill: number): Log => ({
    address: new Uint8Array(20).fill(0xaa),
    topics: [new Uint8Array(32).fill(fill)],
    data: new Uint8Array(0),
  });

  /** A chain in memory whose head can be set back, and the real tracker that follows it. */
  async function revertible() {
    const chain = createArrayChain();
    const quiet = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    const blocks = createBlockCache(chain, 1e7);
    for (let made = 0; made < 3; made++) chain.blocks.push(makeBlock(chain.blocks.at(-1)));
    const heads = createHeadTracker({ chain, blocks, logger: quiet });
    await heads.start();
    const announce = () => heads.announce({ number: chain.blocks.length - 1, safe: 0, finalized: 0 });
    return {
      harness: await startHarness({ dependencies: { chain, heads, blocks } }),
      async mine(fill: number) {
        const { transaction } = await signedTransfer(chain.blocks.length * 100 + fill);
        const content = { transactions: [transaction], logs: [[log(fill), log(fill + 1)]] };
        const made = makeBlock(chain.blocks.at(-1), content);
        chain.blocks.push({ ...made, hash: new Uint8Array(32).fill(fill) });
        await announce();
      },
      async back(count: number) {
        chain.blocks.splice(-count);
        await announce();
      },
      async stop() {
        await heads.stop();
      },
    };
  }
  const ignore = () => undefined;
  const seen = (logs: unknown): unknown[] =>
    Array.isArray(logs) ? logs.map((one) => [Number(`0x${one.topics[0].slice(-2)}`), one.removed]) : [logs];

  it("polls and subscriptions take back what they told, and tell again", async () => {
    const { harness, mine, back, stop } = await revertible();
    const { result: id } = await harness.call("eth_newFilter", {});
    const { result: blocks } = await harness.call("eth_newBlockFilter");
    const socket = new WebSocket(harness.url.replace("http", "ws"));
    const told: unknown[] = [];
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      if (message.method !== undefined) told.push(message.params.result);
    });
    await new Promise((resolve) => socket.once("open", resolve));
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["logs", {}] }));
    await new Promise((resolve) => socket.once("message", resolve));

    await mine(10);
    await mine(20);
    const first = await harness.call("eth_getFilterChanges", id);
    expect(seen(first.result)).toEqual([
      [10, false],
      [11, false],
      [20, false],
      [21, false],
    ]);
    await harness.call("eth_getFilterChanges", blocks);
    await back(2);
    await mine(30);
    const expected = [
      [21, true],
      [20, true],
      [11, true],
      [10, true],
      [30, false],
      [31, false],
    ];
    expect(seen((await harness.call("eth_getFilterChanges", id)).result)).toEqual(expected);
    const hashes = await harness.call("eth_getFilterChanges", blocks);
    expect(hashes.result).toEqual([`0x${"1e".repeat(32)}`]);
    await vi.waitFor(() => expect(seen(told).slice(4)).toEqual(expected));
    expect((await harness.call("eth_getFilterChanges", id)).result).toEqual([]);

    await back(1);
    const after = await harness.call("eth_getFilterChanges", id);
    expect(seen(after.result)).toEqual([
      [31, true],
      [30, true],
    ]);
    socket.close();
    await harness.stop();
    await stop();
  });
});

it("pooled transactions are read from the pool's stream, from any place in it", async () => {
  await redis.flushall();
  const journal = createRedisPendingJournal(redis, { filterBacklog: 1000 });
  const pool = createMempool(redis, { total: 100, perSender: 50, queuedPerSender: 10, timeToLiveMs: 60_000 });
  const add = async (nonce: number) => {
    const { transaction } = await signedTransfer(nonce);
    await pool.add(transaction, { nonce: 0n, balance: 10n ** 20n });
    return bytesToHex(transaction.hash);
  };
  await add(0);
  const begin = await journal.position();
  expect(await journal.after(begin)).toEqual({ hashes: [], position: begin });
  const hashes = [await add(1), await add(2)];
  const news = await journal.after(begin);
  expect(news.hashes).toEqual(hashes);
  hashes.push(await add(3));
  expect((await journal.after(news.position)).hashes).toEqual(hashes.slice(2));
  expect((await journal.after(begin)).hashes).toEqual(hashes);
});
