import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bytesToHex } from "../../protocol/index.ts";
import { startTestStack } from "../../test/support/stack.ts";
import { type SettlementBench, startSettlementBench } from "./testing/settlementBench.ts";

let bench: SettlementBench;
beforeAll(async () => {
  bench = await startSettlementBench(await startTestStack({ redis: true, postgres: true, anvil: true }));
});
afterAll(() => bench?.stop());

const until = (condition: () => Promise<boolean> | boolean) =>
  vi.waitUntil(condition, { timeout: 40_000, interval: 50 });
const allCommitted = async () => (await bench.chain.unpostedBatches()).length === 0;

/** Every batch once on L1, in order, with the hash that the database has. */
async function expectL1MatchesDatabase(): Promise<void> {
  const last = (await bench.chain.lastBatch())?.number ?? 0;
  const commits = (await bench.l1.commits()).filter(({ args }) => args.number !== 0n);
  expect(commits.map(({ args }) => Number(args.number))).toEqual(
    Array.from({ length: last }, (_, i) => i + 1),
  );
  for (const { args, transactionHash, blockNumber } of commits) {
    const batch = await bench.chain.batchByNumber(Number(args.number));
    expect(args.batchHash).toBe(bytesToHex(batch?.hash ?? new Uint8Array()));
    expect(batch).toMatchObject({ status: "committed", l1BlockNumber: Number(blockNumber) });
    expect(bytesToHex(batch?.l1TransactionHash ?? new Uint8Array())).toBe(transactionHash);
  }
  expect(bench.fatal).toEqual([]);
}

/** A way to L1 that can be cut. */
async function l1Proxy(
  target: string,
): Promise<{ url: string; cut(): Promise<void>; mend(): Promise<void> }> {
  let server: Server;
  let port = 0;
  const mend = async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const answer = await fetch(target, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: Buffer.concat(chunks),
      });
      response.setHeader("content-type", "application/json");
      response.end(await answer.text());
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address !== null && typeof address === "object") port = address.port;
  };
  await mend();
  return {
    url: `http://127.0.0.1:${port}`,
    mend,
    cut: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

test("batches reach L1 in order, several a block, across a stop of the poster", async () => {
  for (let i = 0; i < 6; i++) await bench.seal(2, 10);
  const safe: number[] = [];
  const first = await bench.startPoster();
  first.onSafeChanged((block) => safe.push(block));
  await until(async () => (await bench.l1.lastBatch()) >= 1);
  await first.stop();
  for (let i = 0; i < 4; i++) await bench.seal(2, 10);

  const second = await bench.startPoster();
  second.onSafeChanged((block) => safe.push(block));
  await bench.seal(1, 10);
  second.batchSealed(11);
  await until(allCommitted);
  await expectL1MatchesDatabase();
  await until(() => safe.at(-1) === 21);
  const blocks = (await bench.l1.commits()).map(({ blockNumber }) => blockNumber);
  expect(new Set(blocks).size).toBeLessThan(blocks.length);
  await second.stop();
});

test("a batch that L1 has already is found there and not sent again", async () => {
  const [batch] = [await bench.chain.lastBatch()];
  if (batch === undefined) throw new TypeError("no batch");
  await bench.chain.markBatchSealed(batch.number);
  const sentBefore = bench.log.lines.filter((line) => line.startsWith("batch sent")).length;
  const poster = await bench.startPoster();
  await until(allCommitted);
  await poster.stop();
  expect(bench.log.lines.filter((line) => line.startsWith("batch sent"))).toHaveLength(sentBefore);
  await expectL1MatchesDatabase();
});

test("batches that an L1 reorganization removed are posted again", async () => {
  const poster = await bench.startPoster();
  await bench.seal(1, 5);
  const before = await bench.chain.safeBlock();
  const safe: number[] = [];
  poster.onSafeChanged((block) => safe.push(block));
  await until(allCommitted);
  const last = await bench.chain.lastBatch();
  const tip = await bench.l1.reader.getBlockNumber();
  await bench.l1.control.request({
    method: "anvil_rollback",
    params: [Number(tip) - (last?.l1BlockNumber ?? 0) + 1],
  } as never);
  await until(() => safe.includes(before) || safe.some((block, i) => i > 0 && block < (safe[i - 1] ?? 0)));
  await until(allCommitted);
  await poster.stop();
  await expectL1MatchesDatabase();
  expect(bench.log.lines.some((line) => line.startsWith("L1 lost a batch"))).toBe(true);
});

test("while L1 is away batches wait; when it is back they follow", async () => {
  const proxy = await l1Proxy(bench.stack.l1Url);
  const { key, rollup } = bench;
  await proxy.cut();
  const poster = await bench.startPoster({ l1: { url: proxy.url, key, rollup } });
  for (let i = 0; i < 3; i++) await bench.seal(1, 5);
  const failures = () =>
    bench.log.lines.filter((line) => line.startsWith("a batch could not be posted")).length;
  const start = failures();
  await until(() => failures() > start + 5);
  expect((await bench.chain.unpostedBatches()).length).toBe(3);
  await proxy.mend();
  await until(allCommitted);
  await proxy.cut();
  await bench.seal(1, 5);
  await until(() => failures() > start + 10);
  await proxy.mend();
  await until(allCommitted);
  await poster.stop();
  await proxy.cut();
  await expectL1MatchesDatabase();
});

test("a queue that Redis lost is filled again from the database", async () => {
  const poster = await bench.startPoster();
  await bench.redis.flushall();
  await bench.seal(1, 5);
  await until(allCommitted);
  await poster.stop();
  await expectL1MatchesDatabase();
});

test("another chain's rollup stops posting at once", async () => {
  await bench.sql`update batches set hash = ${new Uint8Array(32)} where number = (select max(number) from batches)`;
  await expect(bench.startPoster()).rejects.toMatchObject({ code: "BATCH_CHAIN_BROKEN" });
});

test("neither the key nor batch data is ever logged", () => {
  const text = bench.log.lines.join("\n");
  expect(text).not.toContain(bench.key.slice(2));
  expect(Math.max(...bench.log.lines.map((line) => line.length))).toBeLessThan(1_000);
});
