import { type Hex, keccak256, parseEther } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { hexToBytes } from "../../protocol/index.ts";
import { startTestStack } from "../../test/support/stack.ts";
import {
  deposit,
  FUNDED_KEY,
  l1,
  metric,
  OTHER,
  poll,
  portal,
  RECIPIENT,
  reorganize,
  signed,
  sqlOfBench,
  start,
  stop,
  useL1Bench,
} from "./testing/l1Bench.ts";
import { USER, type WatchedChain } from "./testing/watchedChain.ts";

let seed = 0;

useL1Bench(() => startTestStack({ redis: true, postgres: true, anvil: true }));

/** Numbers below `limit`. A failing test says the seed; BRAID_TEST_SEED gives it back. */
function seededRandom(): (limit: number) => number {
  let state = Number(process.env["BRAID_TEST_SEED"] ?? Date.now() % 1_000_000);
  seed = state;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

test("a reorganization of L1 takes L2 back, and loses and doubles nothing", async () => {
  const chain = await start();
  const funded = await deposit({ mint: parseEther("2"), value: 1n });
  await chain.l2.waitForTransactionReceipt({ hash: funded });
  const kept = Number((await chain.chain.head())?.number);
  const own = await signed({ nonce: 1 });
  await chain.l2.sendRawTransaction({ serializedTransaction: own });
  const before = await chain.l2.waitForTransactionReceipt({ hash: keccak256(own) });

  const lost = await deposit({ mint: 10n, value: 10n, to: OTHER });
  const onLost = await chain.l2.waitForTransactionReceipt({ hash: lost });
  const behind = await signed({ nonce: 3 });
  await chain.l2.sendRawTransaction({ serializedTransaction: behind });
  await chain.l2.waitForTransactionReceipt({ hash: keccak256(behind) });

  // The block with the second deposit goes, and another comes in its place with another deposit.
  await reorganize(1);
  const instead = await deposit({ mint: 20n, value: 20n, to: OTHER });
  await chain.l2.waitForTransactionReceipt({ hash: instead });
  await poll(() => chain.l2.getTransactionReceipt({ hash: lost }).catch(() => undefined)).toBeUndefined();
  expect(chain.balanceOf(OTHER)).toBe(20n);
  // The user's transactions are there again: those of blocks that L1 still supports at their old place.
  for (const raw of [own, behind]) {
    const again = await chain.l2.waitForTransactionReceipt({ hash: keccak256(raw) });
    expect(again.status).toBe("success");
  }
  expect((await chain.l2.getTransactionReceipt({ hash: funded })).blockNumber).toBe(BigInt(kept));
  expect((await chain.l2.getTransactionReceipt({ hash: keccak256(own) })).blockHash).toBe(before.blockHash);
  expect(onLost.blockNumber).toBeGreaterThan(before.blockNumber);
  expect(await chain.sql`select * from requeued_transactions`).toHaveLength(0);
  expect(chain.nonceOf(USER.address)).toBe(4n);
  expect(await chain.chain.l1Messages(0, 10)).toHaveLength(2);
  expect(await metric(chain, "braid_l1_reorganizations_total")).toBe(1);
  expect(chain.log.some((line) => line.startsWith("L1 reorganized"))).toBe(true);
}, 60_000);

test("what L1 had of the undone blocks is waited for: the poster must see first that it is gone", async () => {
  const chain = await start();
  const lost = await deposit({ mint: 10n, value: 10n });
  const { blockNumber } = await chain.l2.waitForTransactionReceipt({ hash: lost });
  const last = Number(blockNumber);
  const word = new Uint8Array(32).fill(7);
  await chain.chain.appendBatch({
    ...{ number: 1, firstBlock: 1, lastBlock: last, data: word, postStateRoot: word, lastBlockHash: word },
    ...{ outputRoot: word, rollingHash: word, l1OriginNumber: 1, l1OriginHash: word, messagesConsumed: 1 },
  });
  await chain.chain.markBatchCommitted(
    1,
    { kind: "calldata", blobHashes: undefined, previousHash: word, hash: word },
    { transactionHash: word, blockNumber: 1 },
  );
  await reorganize(1);
  await poll(() => chain.log.some((line) => line.includes("waits for its poster"))).toBe(true);
  expect((await chain.chain.head())?.number).toBe(last);
  await chain.chain.markBatchesSealed(1);
  const instead = await deposit({ mint: 20n, value: 20n });
  await chain.l2.waitForTransactionReceipt({ hash: instead });
  expect(chain.balanceOf(RECIPIENT)).toBe(20n);
  expect(await chain.chain.lastBatch()).toBeUndefined();
}, 60_000);

test("a restart goes on where it stopped, also when L1 reorganized meanwhile", async () => {
  const first = await start();
  await first.l2.waitForTransactionReceipt({ hash: await deposit({ mint: 5n, value: 5n }) });
  const lost = await deposit({ mint: 6n, value: 6n });
  await first.l2.waitForTransactionReceipt({ hash: lost });
  const own = await first.chain.head();
  await stop(first);
  const missed = await deposit({ mint: 7n, value: 7n });

  const second = await start();
  await second.l2.waitForTransactionReceipt({ hash: missed });
  expect(second.balanceOf(RECIPIENT)).toBe(18n);
  expect((await second.chain.head())?.number).toBe((own?.number ?? 0) + 1);
  await stop(second);
  await reorganize(2);
  const later = await deposit({ mint: 100n, value: 100n });

  // As a process leaves it that dies when L2 has gone back, before its users' transactions are in the pool again.
  const undone = await privateKeyToAccount(FUNDED_KEY).signTransaction({
    ...{ type: "eip1559", chainId: 7357, nonce: 0, gas: 21_000n, to: OTHER, value: 1n },
    ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1000n },
  });
  const { address } = privateKeyToAccount(FUNDED_KEY);
  await sqlOfBench()`
    insert into requeued_transactions (sender, raw) values (${hexToBytes(address)}, ${hexToBytes(undone)})`;

  const third = await start();
  await third.l2.waitForTransactionReceipt({ hash: keccak256(undone) });
  await third.l2.waitForTransactionReceipt({ hash: later });
  expect(third.balanceOf(RECIPIENT)).toBe(105n);
  expect(third.nonceOf(USER.address)).toBe(2n);
  expect(await third.l2.getTransactionReceipt({ hash: lost }).catch(() => "unknown")).toBe("unknown");
}, 90_000);

/** viem's own waiting looks again only at a higher block number than before, and the chain goes back here. */
async function untilMined({ l2 }: WatchedChain, hash: Hex): Promise<void> {
  const receipt = () => l2.getTransactionReceipt({ hash }).catch(() => undefined);
  await expect.poll(receipt, { timeout: 60_000 }).toBeDefined();
}

test("random deposits, transactions, reorganizations and restarts: L2 has what L1 has, and what users sent", async () => {
  const random = seededRandom();
  const sender = privateKeyToAccount(FUNDED_KEY);
  // Not below the settlement.
  await l1().control.mine({ blocks: 4 });
  let chain = await start();
  const own: Hex[] = [];
  const log: string[] = [];
  for (let step = 0; step < 24; step++) {
    const what = random(10);
    if (what < 4) {
      log.push("deposit");
      await deposit({ mint: 1000n, value: 1000n });
    } else if (what < 7) {
      log.push("send");
      const fields = { nonce: own.length, gas: 21_000n, to: RECIPIENT, value: 1n } as const;
      const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1000n } as const;
      const raw = await sender.signTransaction({ type: "eip1559", chainId: 7357, ...fields, ...fees });
      own.push(keccak256(raw));
      await chain.l2.sendRawTransaction({ serializedTransaction: raw });
      // Sometimes it is mined before what comes next, sometimes not.
      if (random(2) === 0) await untilMined(chain, keccak256(raw));
    } else if (what < 9) {
      const depth = 1 + random(3);
      log.push(`reorg ${depth}`);
      await reorganize(depth);
    } else {
      log.push("restart");
      await stop(chain);
      chain = await start();
    }
  }
  await l1().control.mine({ blocks: 1 });
  const last = await deposit({ mint: 1000n, value: 1000n });
  await untilMined(chain, last);
  for (const hash of own) await untilMined(chain, hash);

  const deposits = await l1().reader.getContractEvents({
    ...portal(),
    eventName: "TransactionDeposited",
    fromBlock: 0n,
    strict: true,
  });
  expect(chain.balanceOf(RECIPIENT), `seed ${seed}: ${log.join(", ")}`).toBe(
    1000n * BigInt(deposits.length) + BigInt(own.length),
  );
  const mined =
    await chain.sql`select hash from transactions where type = 126 and sender = ${hexToBytes(USER.address)}`;
  expect(mined).toHaveLength(deposits.length);
  const positions = await chain.sql`
    select number, l1_messages_consumed::int as consumed, l1_origin_number as origin from blocks order by number desc limit 1`;
  expect(positions[0]?.["consumed"]).toBe(deposits.length);
  // No block stands on an L1 block that is gone.
  const [orphans] = await chain.sql`
    select count(*)::int as count from blocks where l1_origin_number > 0 and not exists (
      select from l1_blocks where l1_blocks.number = l1_origin_number and l1_blocks.hash = l1_origin_hash)`;
  expect(orphans?.["count"]).toBe(0);
}, 400_000);
