/** A verifier beside a whole node: what L1 holds of its chain gives the same chain again, with the node gone. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { decodeFunctionData, type Hex } from "viem";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { rollupAbi } from "../contracts/index.ts";
import { createLogger, freePort } from "../infra/index.ts";
import { bytesToHex, InvariantError, unpackBlobs } from "../protocol/index.ts";
import { startRpc, startSequencer } from "../sequencer/index.ts";
import { rpc } from "../test/support/rpc.ts";
import { runBraid } from "../test/support/runBraid.ts";
import { startTestStack, type TestStack } from "../test/support/stack.ts";
import {
  anvilBlobs,
  archiveBlobs,
  type BlockSink,
  beaconBlobs,
  createVerifier,
  directoryBlobs,
  type VerifierOptions,
} from "./index.ts";
import { RecordingSink } from "./testing/recordingSink.ts";
import { buildSettledChain, type SettledChain } from "./testing/settledChain.ts";

const until = (condition: () => Promise<boolean> | boolean) =>
  vi.waitUntil(condition, { timeout: 60_000, interval: 50 });

let stack: TestStack;
let chain: SettledChain;
let rollup: Hex;
let blocks: SettledChain["blocks"];
const folders: string[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  stack = await startTestStack({ redis: true, postgres: true, anvil: true });
  chain = await buildSettledChain({
    ...{ stack, until },
    async startNode(config) {
      const logger = createLogger({ level: config.logLevel, format: config.logFormat, name: "test" });
      const sequencer = await startSequencer(config, { logger });
      const answering = await startRpc(config, { logger });
      return async () => {
        await answering.stop();
        await sequencer.stop();
      };
    },
  });
  ({ rollup, blocks } = chain);
}, 300_000);
afterAll(async () => {
  for (const server of servers) server.close();
  await stack?.stop();
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), "braid-verify-"));
  folders.push(made);
  return made;
}

function options(more: Partial<VerifierOptions> = {}): VerifierOptions {
  const blobs = [anvilBlobs(stack.l1Url)];
  return { l1Url: stack.l1Url, rollup, blobs, dataDir: folder(), lanes: 1, ...more };
}

async function run(more: Partial<VerifierOptions> = {}) {
  const verifier = createVerifier(options(more));
  try {
    return await verifier.run();
  } finally {
    await verifier.stop();
  }
}

const hashesOf = (sink: RecordingSink) => sink.blocks.map(({ block }) => bytesToHex(block.hash));

test("with the sequencer's ports shut, L1 alone gives its chain, block by block", async () => {
  const port = `http://127.0.0.1:${chain.l2Port}`;
  await expect(rpc(port, "eth_blockNumber", [])).rejects.toThrow("fetch failed");
  const sink = new RecordingSink();
  const report = await run({ sink, lanes: 2 });
  expect(hashesOf(sink)).toEqual(blocks.map(({ hash }) => hash));
  const transactions = sink.blocks.map(({ block }) => block.transactions.map(({ hash }) => bytesToHex(hash)));
  expect(transactions).toEqual(blocks.map((block) => block.transactions));
  expect(report).toMatchObject({ firstBlock: 1, lastBlock: blocks.length - 1, batches: sink.batches.length });
  expect(bytesToHex(report.stateRoot)).toBe(blocks.at(-1)?.stateRoot);
  expect(sink.batches.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["blobs", "calldata"]));
  const types = new Set(sink.blocks.flatMap(({ block }) => block.transactions.map(({ type }) => type)));
  expect([...types].sort((a, b) => a - b)).toEqual([0, 1, 2, 4, 0x7e]);
  expect(sink.places.at(-1)?.messagesConsumed).toBe(8);
  expect(sink.places.flatMap(({ skipped }) => skipped.map(({ index }) => index))).toEqual([5, 6]);
}, 120_000);

test("killed at any moment, it goes on where it stopped", async () => {
  const dataDir = folder();
  const sink = new RecordingSink();
  // Dies after the work of a call, then before that of the next.
  const calls = 2 * (blocks.length + 3);
  let failures = 0;
  for (let left = 1; left <= calls; left++) {
    const died = await run({ dataDir, sink: dyingSink(sink, 1 + (left % 2)) }).then(
      () => false,
      (error: unknown) => error instanceof Died || Promise.reject(error),
    );
    failures += died ? 1 : 0;
    const ahead = hashesOf(sink);
    expect(ahead).toEqual(blocks.slice(0, ahead.length).map(({ hash }) => hash));
  }
  expect(failures).toBeGreaterThan(blocks.length);
  const report = await run({ dataDir, sink });
  expect(hashesOf(sink)).toEqual(blocks.map(({ hash }) => hash));
  expect(bytesToHex(report.stateRoot)).toBe(blocks.at(-1)?.stateRoot);
  const batches = sink.batches.map(({ header }) => header.number);
  expect(batches).toEqual(batches.map((_, i) => i + 1));
}, 120_000);

class Died extends InvariantError {}

/** Dies at its call number `after`, half of the time when its work is done. */
function dyingSink(sink: BlockSink, after: number): BlockSink {
  let left = after;
  const dying = async <T>(work: () => Promise<T>): Promise<T> => {
    left -= 1;
    if (left === 0 && after % 2 === 0) throw new Died("before");
    const result = await work();
    if (left === 0) throw new Died("after");
    return result;
  };
  return {
    head: () => sink.head(),
    append: (executed, place) => dying(() => sink.append(executed, place)),
    batchVerified: (batch, data) => dying(() => sink.batchVerified(batch, data)),
    rewind: (toBlock) => sink.rewind(toBlock),
    settled: (heads) => sink.settled(heads),
  };
}

test("--to ends the report at that block; an empty sink beside a state gets all blocks", async () => {
  const dataDir = folder();
  const to = await run({ dataDir, toBlock: 2 });
  expect(to).toMatchObject({ firstBlock: 1, lastBlock: 2 });
  expect(bytesToHex(to.stateRoot)).toBe(blocks[2]?.stateRoot);
  const sink = new RecordingSink();
  await run({ dataDir, sink });
  expect(hashesOf(sink)).toEqual(blocks.map(({ hash }) => hash));
}, 60_000);

test("blobs come from a folder, a beacon node, or a node's archive; a source that lies is passed over", async () => {
  const sink = new RecordingSink();
  await run({ sink, toBlock: 1 });
  const [batch] = sink.batches;
  if (batch === undefined) throw new InvariantError("no batch");
  const blobs = await anvilBlobs(stack.l1Url).blobs(batch);
  const [blob = new Uint8Array()] = blobs ?? [];
  expect(blobs).toHaveLength(1);
  const place = folder();
  await expect(directoryBlobs(place).blobs(batch)).resolves.toBeUndefined();
  writeFileSync(path.join(place, `${bytesToHex(batch.blobHashes[0] ?? blob)}.blob`), blob);
  await expect(directoryBlobs(place).blobs(batch)).resolves.toEqual(blobs);
  await expect(beaconBlobs(stack.l1Url).blobs(batch)).resolves.toEqual(blobs);
  const data = bytesToHex(unpackBlobs(blobs ?? []));
  const asked: unknown[] = [];
  const archive = await spoiledL1((_, params) => {
    asked.push(params);
    return { result: data };
  });
  await expect(archiveBlobs(archive).blobs(batch)).resolves.toEqual(blobs);
  expect(asked).toEqual([["0x1"]]);
  const spoiled = { name: "liar", blobs: async () => [blob.map((byte, i) => (i === 40 ? byte ^ 1 : byte))] };
  const broken = { name: "down", blobs: () => Promise.reject(new InvariantError("no answer")) };
  await expect(run({ blobs: [spoiled, broken], toBlock: 1 })).rejects.toMatchObject({
    code: "VERIFY_BLOBS_MISSING",
    message: expect.stringMatching(/liar: blob 0 has another versioned hash; down: no answer/),
  });
  await expect(run({ blobs: [spoiled, directoryBlobs(place)], toBlock: 1 })).resolves.toMatchObject({
    lastBlock: 1,
  });
}, 120_000);

/** L1 behind somebody who spoils its answers. `spoil` answers undefined for what it lets pass. */
async function spoiledL1(
  spoil: (method: string, params: unknown[]) => object | number | undefined,
): Promise<string> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", async () => {
      const { id, method, params } = JSON.parse(body);
      const spoiled = spoil(method, params);
      if (typeof spoiled === "number") {
        response.statusCode = spoiled;
        response.end();
        return;
      }
      const answer = spoiled ?? { result: await rpc(stack.l1Url, method, params) };
      response.end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
    });
  });
  servers.push(server);
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return `http://127.0.0.1:${port}`;
}

test("an L1 node that fails now and then and takes small ranges only gives the same chain", async () => {
  let asked = 0;
  const widths: number[] = [];
  const l1Url = await spoiledL1((method, [filter]) => {
    asked += 1;
    if (asked % 9 === 0) return 503;
    if (method !== "eth_getLogs") return undefined;
    const { fromBlock, toBlock } = Object(filter);
    const width = Number(toBlock) - Number(fromBlock) + 1;
    widths.push(width);
    return width > 4 ? { error: { code: -32005, message: "query exceeds max block range 4" } } : undefined;
  });
  const sink = new RecordingSink();
  await run({ l1Url, sink });
  expect(hashesOf(sink)).toEqual(blocks.map(({ hash }) => hash));
  expect(Math.max(...widths)).toBeGreaterThan(4);
}, 60_000);

test("an L1 node that leaves out events or transactions, or answers something else, is found out", async () => {
  const blind = await spoiledL1((method, [filter]) =>
    method === "eth_getLogs" && Array.isArray(Object(filter).address) ? { result: [] } : undefined,
  );
  await expect(run({ l1Url: blind })).rejects.toMatchObject({ code: "L1_EVENTS_MISSING" });
  const behind = await spoiledL1((method) =>
    method === "eth_getTransactionByHash" ? { result: null } : undefined,
  );
  await expect(run({ l1Url: behind })).rejects.toMatchObject({ code: "L1_UNAVAILABLE" });
  const garbage = await spoiledL1((method, [filter]) =>
    method === "eth_getLogs" && Array.isArray(Object(filter).address)
      ? { result: [{ topics: [] }] }
      : undefined,
  );
  await expect(run({ l1Url: garbage })).rejects.toMatchObject({ code: "L1_REFUSED" });
}, 60_000);

test("the command, killed with -9 and run again: JSON lines, and the last line says what was verified", async () => {
  const dataDir = folder();
  const args = ["verify", "--l1", stack.l1Url, "--rollup", rollup, "--data", dataDir, "--lanes", "1"];
  const killed = spawn(path.resolve("braid"), args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => killed.once("exit", (_, signal) => resolve(signal)));
  for await (const chunk of killed.stdout) if (String(chunk).includes('"progress"')) break;
  killed.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
  const { code, output } = await runBraid(args, { withinMs: 90_000 });
  const lines = output.trimEnd().split("\n");
  const last = lines.pop();
  expect(last).toMatch(
    new RegExp(`^verified blocks \\d+\\.\\.${blocks.length - 1}, state root ${blocks.at(-1)?.stateRoot}$`),
  );
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    event: "started",
    chainId: 7357,
    rollup: rollup.toLowerCase(),
  });
  for (const line of lines.slice(1)) expect(JSON.parse(line)).toMatchObject({ event: "progress" });
  expect(code).toBe(0);
}, 180_000);

test("following, it takes back what L1 takes back, and takes what comes again", async () => {
  const sink = new RecordingSink();
  const verifier = createVerifier(options({ sink, follow: true }));
  const running = verifier.run();
  running.catch(() => undefined);
  const whole = blocks.map(({ hash }) => hash);
  await until(() => sink.batches.at(-1)?.header.lastBlock === blocks.length - 1);
  const at = sink.batches.at(-1)?.l1Block.number ?? 0;
  const undone = sink.batches.filter(({ l1Block }) => l1Block.number >= at);
  const [first] = undone;
  if (first === undefined) throw new InvariantError("no batch");
  const left = first.header.firstBlock - 1;
  const signed = await Promise.all(
    undone.map((batch) =>
      rpc(stack.l1Url, "eth_getRawTransactionByHash", [bytesToHex(batch.transactionHash)]),
    ),
  );
  const depth = Number(await chain.l1.reader.getBlockNumber()) - at + 1;
  await rpc(stack.l1Url, "anvil_reorg", [depth, []]);
  await until(() => sink.rewinds.length > 0);
  expect(sink.rewinds).toEqual([left]);
  expect(hashesOf(sink)).toEqual(whole.slice(0, left + 1));
  for (const raw of signed) await rpc(stack.l1Url, "eth_sendRawTransaction", [raw]);
  await until(() => sink.batches.at(-1)?.header.lastBlock === blocks.length - 1);
  expect(hashesOf(sink)).toEqual(whole);
  expect(sink.batches.at(-1)?.l1Block.hash).not.toEqual(undone.at(-1)?.l1Block.hash);
  await chain.revertBatches(BigInt(first.header.number));
  await until(() => sink.rewinds.length > 1);
  await verifier.stop();
  expect(await running).toMatchObject({ lastBlock: left });
  expect(hashesOf(sink)).toEqual(whole.slice(0, left + 1));
}, 120_000);

test("a batch whose sequencer lies ends the command with the difference and its reproduction", async () => {
  const { number, batchHash } = await chain.lastBatch();
  const logs = await chain.l1.reader.getContractEvents({
    ...{
      address: rollup,
      abi: rollupAbi,
      eventName: "BatchCommitted",
      fromBlock: 0n,
      strict: true,
    },
    args: { number: number + 1n },
  });
  const { input } = await chain.l1.reader.getTransaction({ hash: logs.at(-1)?.transactionHash ?? "0x" });
  const { functionName, args } = decodeFunctionData({ abi: rollupAbi, data: input });
  if (functionName !== "commitBatch") throw new InvariantError(functionName);
  const [header, data] = args;
  const lie = { ...header, previousHash: batchHash, postStateRoot: header.lastBlockHash };
  const sent = await chain.l1.wallet.writeContract({
    ...{ address: rollup, abi: rollupAbi, functionName: "commitBatch", account: chain.sequencer },
    ...{ args: [lie, data], gas: 5_000_000n },
  });
  expect((await chain.l1.reader.waitForTransactionReceipt({ hash: sent })).status).toBe("success");
  const dataDir = folder();
  const flags = ["--l1", stack.l1Url, "--rollup", rollup, "--data", dataDir, "--lanes", "1"];
  const { code, output } = await runBraid(["verify", ...flags], { withinMs: 90_000 });
  const difference = JSON.parse(output.trimEnd().split("\n").at(-1) ?? "");
  expect(difference).toMatchObject({
    ...{ event: "difference", batch: Number(number) + 1, block: Number(header.lastBlock) },
    ...{ field: "postStateRoot", claimed: lie.postStateRoot, found: header.postStateRoot },
  });
  expect(code).toBe(1);
  expect(existsSync(difference.reproduction)).toBe(true);
}, 240_000);
