import { encodeFunctionData, parseEther, parseGwei } from "viem";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { optimismPortalAbi } from "../../contracts/index.ts";
import { bytesToHex, hexToBytes } from "../../protocol/index.ts";
import { startTestStack } from "../../test/support/stack.ts";
import { createBlobMaker, remoteSigner } from "../l1-transactions/index.ts";
import type { BatchPoster } from "./createBatchPoster.ts";
import { createBatchSealer } from "./createBatchSealer.ts";
import { askL1, jsonRpcServer } from "./testing/l1Proxy.ts";
import { devAccount, ROLES, type SettlementBench, startSettlementBench } from "./testing/settlementBench.ts";

let bench: SettlementBench;
const posters: BatchPoster[] = [];
beforeAll(async () => {
  bench = await startSettlementBench(await startTestStack({ redis: true, postgres: true, anvil: true }));
});
afterEach(async () => {
  for (const poster of posters.splice(0)) await poster.stop();
});
afterAll(() => bench?.stop());

const start: SettlementBench["startPoster"] = async (settings, options) => {
  const poster = await bench.startPoster(settings, options);
  posters.push(poster);
  return poster;
};
const until = (condition: () => Promise<boolean> | boolean) =>
  vi.waitUntil(condition, { timeout: 30_000, interval: 50 });
const allCommitted = async () => (await bench.chain.countUnposted()) === 0;
const logged = (text: string) => bench.log.lines.filter((line) => line.startsWith(text)).length;
const sequencer = devAccount(ROLES.sequencer);

async function mining(interval: number): Promise<void> {
  await bench.l1.control.setIntervalMining({ interval });
}

/** Every batch once on L1, in order, with the hash that the database has. */
async function expectL1MatchesDatabase(): Promise<void> {
  const last = (await bench.chain.lastBatch())?.number ?? 0;
  expect(await bench.l1.lastBatch()).toBe(last);
  const commits = (await bench.l1.commits()).filter(({ args }) => args.number !== 0n);
  const byNumber = new Map(commits.map((commit) => [Number(commit.args.number), commit]));
  for (let number = 1; number <= last; number++) {
    const batch = await bench.chain.batchByNumber(number);
    const { args, transactionHash, blockNumber } = byNumber.get(number) ?? {};
    expect(args?.batchHash).toBe(bytesToHex(batch?.posting?.hash ?? new Uint8Array()));
    expect(batch).toMatchObject({ status: "committed", commit: { blockNumber: Number(blockNumber) } });
    expect(bytesToHex(batch?.commit?.transactionHash ?? new Uint8Array())).toBe(transactionHash);
  }
  expect(bench.fatal).toEqual([]);
}

test("batches reach L1 in order, several a block, across a stop of the poster", async () => {
  for (let i = 0; i < 6; i++) await bench.seal(2, 10);
  const safe: number[] = [];
  const first = await start();
  first.onHeadsChanged((heads) => safe.push(heads.safe));
  await until(async () => (await bench.l1.lastBatch()) >= 1);
  await first.stop();
  for (let i = 0; i < 4; i++) await bench.seal(2, 10);

  const second = await start();
  second.onHeadsChanged((heads) => safe.push(heads.safe));
  await bench.seal(1, 10);
  second.batchSealed();
  await until(allCommitted);
  await expectL1MatchesDatabase();
  await until(() => safe.at(-1) === 21);
  const blocks = (await bench.l1.commits()).map(({ blockNumber }) => blockNumber);
  expect(new Set(blocks).size).toBeLessThan(blocks.length);
});

test("a batch that L1 has already is found there and not sent again", async () => {
  const last = (await bench.chain.lastBatch())?.number ?? 0;
  await bench.chain.markBatchesSealed(last - 1);
  const before = logged("L1 transaction sent");
  await start();
  await until(allCommitted);
  expect(logged("L1 transaction sent")).toBe(before);
  await expectL1MatchesDatabase();
});

test("batches that an L1 reorganization removed are posted again", async () => {
  const poster = await start();
  await bench.seal(1, 5);
  const before = await bench.chain.safeBlock();
  const safe: number[] = [];
  poster.onHeadsChanged((heads) => safe.push(heads.safe));
  await until(allCommitted);
  const last = await bench.chain.lastBatch();
  const tip = Number(await bench.l1.reader.getBlockNumber());
  const depth = tip - (last?.commit?.blockNumber ?? 0) + 1;
  await bench.l1.control.request({ method: "anvil_reorg", params: [depth, []] } as never);
  await until(() => safe.includes(before) || safe.some((block, i) => block < (safe[i - 1] ?? 0)));
  await until(allCommitted);
  await until(async () => (await bench.l1.lastBatch()) === last?.number);
  await expectL1MatchesDatabase();
});

test("batches that the guardian took back are posted again", async () => {
  await start();
  const last = await bench.l1.lastBatch();
  const { abi, address } = bench.l1.rollup;
  const hash = await bench.l1.wallet.sendTransaction({
    account: devAccount(ROLES.guardian),
    to: address,
    data: encodeFunctionData({ abi, functionName: "revertBatches", args: [BigInt(last - 1)] }),
  });
  await bench.l1.reader.waitForTransactionReceipt({ hash });
  await until(() => logged("L1 lost batches") > 1);
  await until(allCommitted);
  await expectL1MatchesDatabase();
});

test("a batch stuck at a low fee is offered more until L1 takes it", async () => {
  await mining(0);
  const poster = await start({ bumpAfterMs: 1_000 });
  await bench.seal(1, 5);
  poster.batchSealed();
  const before = logged("L1 transaction sent");
  await until(() => logged("L1 transaction sent") >= before + 1);
  // From now on the first offer is too low for any block.
  await bench.l1.control.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei("40") });
  await bench.l1.control.mine({ blocks: 1 });
  expect(await bench.chain.countUnposted()).toBe(1);
  await mining(1);
  await until(allCommitted);
  expect(logged("L1 transaction sent")).toBeGreaterThan(before + 1);
  await expectL1MatchesDatabase();
});

test("a nonce that somebody else used costs nothing but another nonce", async () => {
  await mining(0);
  await start({ bumpAfterMs: 60_000 });
  const before = logged("L1 transaction sent");
  await bench.seal(1, 5);
  await until(() => logged("L1 transaction sent") > before);
  const nonce = await bench.l1.reader.getTransactionCount({ address: sequencer.address });
  // The same key elsewhere, with a better offer.
  await bench.l1.wallet.sendTransaction({
    account: sequencer,
    nonce,
    to: sequencer.address,
    maxFeePerGas: parseGwei("300"),
    maxPriorityFeePerGas: parseGwei("100"),
  });
  await bench.l1.control.mine({ blocks: 1 });
  await mining(1);
  await until(() => logged("another transaction used the nonce") === 1);
  await until(allCommitted);
  await expectL1MatchesDatabase();
});

test("a poster without ether waits, says so, and goes on once it has some", async () => {
  const balance = await bench.l1.reader.getBalance({ address: sequencer.address });
  await bench.l1.control.setBalance({ address: sequencer.address, value: 1n });
  const poster = await start();
  await bench.seal(1, 5);
  await until(() => poster.status().held === "funds");
  expect(await bench.chain.countUnposted()).toBe(1);
  await bench.l1.control.setBalance({ address: sequencer.address, value: balance });
  await until(allCommitted);
  await until(() => poster.status().held === undefined);
  await expectL1MatchesDatabase();
});

test("above the price ceiling batches wait until their deadline, which overrides it", async () => {
  const poster = await start({
    ceiling: { maxFeePerGas: 1n, maxFeePerBlobGas: 1n },
    commitDeadlineMs: 2_500,
  });
  await bench.seal(1, 5);
  await until(() => poster.status().held === "price");
  await until(allCommitted);
  await expectL1MatchesDatabase();
});

test("the day's limit holds everything back, whatever the deadline", async () => {
  const stingy = await start({ dailyLimit: 1n, commitDeadlineMs: 0 });
  await bench.seal(1, 5);
  await until(() => stingy.status().held === "daily-limit");
  expect(stingy.backlog()).toEqual({ unposted: 1, full: false });
  await stingy.stop();
  await start({ dailyLimit: parseEther("100") });
  await until(allCommitted);
});

test("batches pile up while L1 is away, and go out when it is back", async () => {
  const way = await jsonRpcServer((request) => askL1(bench.stack.l1Url, request));
  const poster = await start({ maxUnpostedBatches: 3 }, { l1Url: way.url });
  await way.cut();
  for (let i = 0; i < 3; i++) {
    await bench.seal(1, 5);
    poster.batchSealed();
  }
  expect(poster.backlog()).toEqual({ unposted: 3, full: true });
  await until(() => logged("posting did not get on") > 0);
  await way.mend();
  await until(allCommitted);
  await until(() => !poster.backlog().full);
  await poster.stop();
  await way.cut();
  await expectL1MatchesDatabase();
});

test("a remote signer signs, and one that signs something else is found out", async () => {
  let honest = false;
  const signer = await jsonRpcServer(async ({ method, params: [request] }) => {
    if (method !== "eth_signTransaction") return { id: 1, error: { code: -32601, message: "no" } };
    const { from: _, type: __, gas, input, accessList: ___, data: ____, ...fields } = Object(request);
    const raw = await sequencer.signTransaction({
      type: "eip1559",
      chainId: Number(fields.chainId),
      nonce: Number(fields.nonce),
      to: honest ? fields.to : devAccount(ROLES.stranger).address,
      gas: BigInt(gas),
      data: input,
      maxFeePerGas: BigInt(fields.maxFeePerGas),
      maxPriorityFeePerGas: BigInt(fields.maxPriorityFeePerGas),
    });
    return { jsonrpc: "2.0", id: 1, result: honest ? { raw, tx: {} } : raw };
  });
  const poster = await start(
    {},
    { signer: remoteSigner({ url: signer.url, address: hexAddress(sequencer.address) }) },
  );
  await bench.seal(1, 5);
  await until(() => poster.status().held === "signer");
  expect(await bench.chain.countUnposted()).toBe(1);
  honest = true;
  await until(allCommitted);
  await poster.stop();
  await signer.cut();
  await expectL1MatchesDatabase();
});

test("a transaction of the other kind that L1 holds for us is cancelled by one of its kind", async () => {
  let refused = 0;
  const kinds: string[] = [];
  const l1 = await jsonRpcServer(async (request) => {
    if (request.method === "eth_sendRawTransaction") {
      const kind = String(request.params[0]).slice(0, 4);
      kinds.push(kind);
      // As geth answers while its blob pool holds a transaction of the account.
      if (kind === "0x02" && refused++ === 0) {
        return {
          jsonrpc: "2.0",
          id: request.id,
          error: { code: -32000, message: "address already reserved" },
        };
      }
    }
    return askL1(bench.stack.l1Url, request);
  });
  const poster = await start({}, { l1Url: l1.url, makeBlobs: createBlobMaker() });
  await bench.seal(1, 5);
  await until(allCommitted);
  expect(kinds.slice(0, 3)).toEqual(["0x02", "0x03", "0x02"]);
  await poster.stop();
  await l1.cut();
  await expectL1MatchesDatabase();
});

test("a queue that Redis lost is filled again", async () => {
  await start();
  await bench.redis.flushall();
  await bench.seal(1, 5);
  await until(allCommitted);
  await expectL1MatchesDatabase();
});

test("our own batch that somebody else posted, after a long silence, is recognized", async () => {
  await bench.seal(1, 5);
  const held = await start({ dailyLimit: 1n });
  await until(async () => (await bench.chain.lastBatch())?.posting !== undefined);
  await held.stop();
  await bench.l1.control.mine({ blocks: 8 });
  const { planned } = await plannedCommit();
  const hash = await bench.l1.wallet.sendTransaction({
    account: devAccount(ROLES.stranger),
    to: bench.l1.rollup.address,
    data: planned,
  });
  expect((await bench.l1.reader.waitForTransactionReceipt({ hash })).status).toBe("success");
  const before = logged("L1 transaction sent");
  await start();
  await until(allCommitted);
  expect(logged("L1 transaction sent")).toBe(before);
  expect((await bench.chain.lastBatch())?.commit?.transactionHash).toEqual(hexToBytes(hash));
});

/** The calldata that the poster itself has prepared. */
async function plannedCommit(): Promise<{ planned: `0x${string}` }> {
  const [row] = await bench.sql<{ calldata: Buffer }[]>`
    select calldata from l1_transactions where purpose = 'commit' order by id desc limit 1`;
  if (row === undefined) throw new TypeError("nothing is planned");
  return { planned: bytesToHex(row.calldata) };
}

function hexAddress(address: string): `0x${string}` {
  return `0x${address.slice(2)}`;
}

test("after an outage longer than the inclusion window one batch reaches the overdue message", async () => {
  const { control, reader, wallet } = bench.l1;
  const portal = { address: bench.deployment.portal, abi: optimismPortalAbi } as const;
  const user = devAccount(ROLES.stranger);
  const hash = await wallet.writeContract({
    ...portal,
    account: user,
    functionName: "depositTransaction",
    args: [user.address, 0n, 100_000n, false, "0x"],
  });
  const { blockNumber } = await reader.waitForTransactionReceipt({ hash });
  const before = await bench.l1.lastBatch();
  await bench.seal(2, 5);
  await bench.seal(2, 5);
  await control.mine({ blocks: 60 });
  const sealer = createBatchSealer({
    chain: bench.chain,
    log: bench.log,
    batchIntervalMs: 1e9,
    messagePasserRoot: () => new Uint8Array(32).fill(1),
    onFatal: (error) => bench.fatal.push(error),
  });
  await sealer.start();
  const poster = await start(
    { maxUnpostedBatches: 1 },
    { onOverdue: (batch, block) => sealer.sealThrough(batch, block) },
  );
  await until(() => logged("a message is overdue") === 1);
  // Though batches have piled up, the block that consumes the message must be built.
  await until(() => !poster.backlog().full);

  const origin = await reader.getBlock({ blockNumber });
  const originHash = hexToBytes(origin.hash);
  const rolling = await reader.readContract({ ...portal, functionName: "rollingHash", args: [1n] });
  await bench.sql`insert into l1_blocks (number, hash, parent_hash, timestamp, base_fee, blob_base_fee)
    values (${Number(blockNumber)}, ${originHash}, ${hexToBytes(origin.parentHash)}, ${Number(origin.timestamp)}, 1, 1)`;
  await bench.sql`insert into l1_messages (index, kind, l1_block, transaction_hash, log_index, sender, payload,
      message_hash, rolling_hash)
    values (0, 'deposit', ${Number(blockNumber)}, ${hexToBytes(hash)}, 0, ${hexToBytes(user.address)},
      ${new Uint8Array(1)}, ${new Uint8Array(32)}, ${hexToBytes(rolling)})`;
  const position = { originNumber: Number(blockNumber), originHash, messagesConsumed: 1 };
  sealer.blockAppended(await bench.appendBlock(1, position));
  const last = await bench.appendBlock(1, position);
  sealer.blockAppended(last);
  await until(async () => (await bench.l1.lastBatch()) === before + 2);
  await sealer.stop();
  await until(allCommitted);
  // All that was sealed before is in one batch with the block that consumes the message; the chain goes on behind it.
  expect(await bench.chain.batchByNumber(before + 1)).toMatchObject({
    firstBlock: last.header.number - 5,
    lastBlock: last.header.number - 1,
    messagesConsumed: 1,
  });
  await expectL1MatchesDatabase();
});

test("another chain's rollup stops posting at once", async () => {
  await bench.sql`update batches set post_state_root = ${new Uint8Array(32).fill(1)}, hash = null,
    previous_hash = null, data_kind = null, status = 'sealed', commit_transaction = null, commit_block = null
    where number = (select max(number) from batches)`;
  await expect(bench.startPoster()).rejects.toMatchObject({ code: "BATCH_CHAIN_BROKEN" });
});

test("neither the key nor batch data is ever logged", () => {
  const text = bench.log.lines.join("\n");
  expect(text).not.toContain(bench.key.slice(2));
  expect(Math.max(...bench.log.lines.map((line) => line.length))).toBeLessThan(1_000);
});
