import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRedis, startRedis } from "../../infra/index.ts";
import { bytesToHex, decodeTransaction, type Transaction } from "../../protocol/index.ts";
import { signTransfer } from "../../test/support/signTransfer.ts";
import { createBlockCandidates } from "./createBlockCandidates.ts";
import { createMempool } from "./createMempool.ts";
import { createPendingTransactionFeed } from "./createPendingTransactionFeed.ts";

const LIMITS = { total: 1000, perSender: 200, queuedPerSender: 10, timeToLiveMs: 60_000 };
const NEW = { nonce: 0n, balance: 10n ** 20n };

let directory: string;
let closers: (() => unknown)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "braid-d-"));
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
  rmSync(directory, { recursive: true, force: true });
});

async function server() {
  const started = await startRedis(directory);
  closers.push(() => started.process.stop());
  return started;
}

async function client(url: string, blocking = false) {
  const redis = await createRedis(url, { blocking });
  closers.push(() => redis.disconnect());
  return redis;
}

async function follow(url: string) {
  const redis = await client(url);
  const candidates = createBlockCandidates({
    redis,
    follower: await client(url, true),
    timeToLiveMs: LIMITS.timeToLiveMs,
    onRejected: () => undefined,
    onError: () => undefined,
  });
  await candidates.start(() => 0n);
  closers.push(() => candidates.stop());
  const feed = createPendingTransactionFeed(await client(url, true), () => undefined);
  closers.push(() => feed.stop());
  const told = new Set<string>();
  feed.onTransaction(({ hash }) => told.add(bytesToHex(hash)));
  return { redis, candidates, told };
}

async function transfer(nonce: number): Promise<Transaction> {
  return decodeTransaction(await signTransfer(0, { nonce }));
}

async function kill(pid: number, redis: Awaited<ReturnType<typeof client>>): Promise<void> {
  const closed = new Promise((resolve) => redis.once("close", resolve));
  process.kill(pid, "SIGKILL");
  await closed;
}

test("kill -9 of Redis loses nothing that was acknowledged, and its followers go on", async () => {
  const first = await server();
  const { redis, candidates, told } = await follow(first.url);
  const pool = createMempool(redis, LIMITS);
  for (let nonce = 0; nonce < 50; nonce++) await pool.add(await transfer(nonce), NEW);
  await expect.poll(() => candidates.executable()).toBe(50);
  await kill(first.process.pid, redis);
  expect((await server()).url).toBe(first.url);
  for (let nonce = 0; nonce < 50; nonce++) expect(await pool.get((await transfer(nonce)).hash)).toBeDefined();
  const later = await transfer(50);
  await pool.add(later, NEW);
  await expect.poll(() => candidates.executable(), { timeout: 10_000 }).toBe(51);
  await expect.poll(() => told.has(bytesToHex(later.hash)), { timeout: 10_000 }).toBe(true);
});

test("a Redis that comes back empty is followed from its new beginning", async () => {
  const first = await server();
  const { redis, candidates, told } = await follow(first.url);
  const pool = createMempool(redis, LIMITS);
  for (let nonce = 0; nonce < 5; nonce++) await pool.add(await transfer(nonce), NEW);
  await expect.poll(() => candidates.executable()).toBe(5);
  await kill(first.process.pid, redis);
  rmSync(join(directory, "redis"), { recursive: true });
  await server();
  await expect.poll(() => candidates.executable(), { timeout: 10_000 }).toBe(0);
  await expect
    .poll(
      async () => {
        const next = await transfer(Number(await pool.nextNonce((await transfer(0)).sender, 0n)) + 100);
        await pool.add(next, { ...NEW, nonce: next.nonce }).catch(() => undefined);
        return told.size;
      },
      { timeout: 10_000 },
    )
    .toBeGreaterThan(5);
  await pool.add(await transfer(0), NEW);
  await expect.poll(() => candidates.executable(), { timeout: 10_000 }).toBe(1);
});

test("a connection that falls silent is opened anew", { timeout: 30_000 }, async () => {
  const { url } = await server();
  const wire = await cuttableWire(url);
  const redis = await client(url);
  const candidates = createBlockCandidates({
    redis,
    follower: await client(wire.url, true),
    timeToLiveMs: LIMITS.timeToLiveMs,
    onRejected: () => undefined,
    onError: () => undefined,
  });
  await candidates.start(() => 0n);
  closers.push(() => candidates.stop());
  const pool = createMempool(redis, LIMITS);
  await pool.add(await transfer(0), NEW);
  await expect.poll(() => candidates.executable()).toBe(1);
  wire.cut();
  await pool.add(await transfer(1), NEW);
  await expect.poll(() => candidates.executable(), { timeout: 15_000 }).toBe(2);
});

/** Between a client and Redis. `cut`: the connections of now stay open, and nothing comes through any more. */
async function cuttableWire(url: string): Promise<{ url: string; cut(): void }> {
  const path = join(directory, "wire.sock");
  const pairs: [Socket, Socket][] = [];
  const wire = createServer((near) => {
    const far = connect(url);
    for (const socket of [near, far]) socket.on("error", () => socket.destroy());
    near.pipe(far).pipe(near);
    pairs.push([near, far]);
  });
  await new Promise<void>((resolve) => wire.listen(path, resolve));
  closers.push(() => {
    for (const socket of pairs.flat()) socket.destroy();
    wire.close();
  });
  return {
    url: path,
    cut() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
      }
    },
  };
}
