import fc from "fast-check";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRedis } from "../../infra/index.ts";
import { bytesToHex, decodeTransaction, hexToBytes, type Transaction } from "../../protocol/index.ts";
import { signTransfer, testKey } from "../../test/support/signTransfer.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { createBlockCandidates } from "./createBlockCandidates.ts";
import { createMempool } from "./createMempool.ts";
import { MempoolError } from "./mempoolError.ts";
import { POOL_KEYS } from "./poolKeys.ts";
import { transactionCost } from "./transactionCost.ts";

type Redis = Awaited<ReturnType<typeof createRedis>>;

const LIMITS = { total: 8, perSender: 4, queuedPerSender: 2, timeToLiveMs: 60_000 };
const SENDERS = [0, 1, 2];
const ADDRESSES = SENDERS.map((sender) => privateKeyToAccount(testKey(sender)).address.toLowerCase());
const ALL = { baseFeePerGas: 0n, accept: () => true };

let stack: TestStack;
let redis: Redis;
let second: Redis;

beforeAll(async () => {
  stack = await startTestStack({ redis: true });
  redis = await createRedis(stack.redisUrl);
  second = await createRedis(stack.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  second.disconnect();
  await stack.stop();
});

interface Entry {
  sender: number;
  nonce: number;
  tip: number;
  balance: bigint;
  order: number;
  transaction: Transaction;
}

/** The pool's rules in plain lists: what Redis and the mirror have to agree with. */
class PoolModel {
  readonly state = SENDERS.map(() => 0);
  entries: Entry[] = [];
  #order = 0;

  stateNonce(sender: number): number {
    return this.state[sender] ?? 0;
  }

  next(sender: number): number {
    const nonces = new Set(this.#of(sender).map(({ nonce }) => nonce));
    let next = this.stateNonce(sender);
    while (nonces.has(next)) next++;
    return next;
  }

  pending(): number {
    return SENDERS.reduce((sum, sender) => sum + this.next(sender) - this.stateNonce(sender), 0);
  }

  add(fields: Omit<Entry, "order">): string {
    const { sender, nonce, tip, balance, transaction } = fields;
    const mine = this.#of(sender);
    const old = mine.find((entry) => entry.nonce === nonce);
    const entry = { ...fields, order: ++this.#order };
    if (old?.tip === tip) return "ALREADY_KNOWN";
    const others = mine.filter((one) => one !== old).map((one) => transactionCost(one.transaction));
    const need = others.reduce((sum, cost) => sum + cost, transactionCost(transaction));
    // A single one is checked before the pool is asked.
    if (mine.length > 0 && need > balance) return "INSUFFICIENT_FUNDS";
    if (old !== undefined) {
      if (tip * 100 < old.tip * 110) return "REPLACEMENT_UNDERPRICED";
      this.#remove(old);
      this.entries.push(entry);
      return "ok";
    }
    const next = this.next(sender);
    if (mine.length >= LIMITS.perSender) return "SENDER_FULL";
    if (nonce > next && mine.filter((one) => one.nonce > next).length >= LIMITS.queuedPerSender) {
      return "QUEUE_FULL";
    }
    if (this.entries.length >= LIMITS.total) {
      const cheapest = [...this.entries].sort(
        (a, b) => a.tip - b.tip || Buffer.compare(a.transaction.hash, b.transaction.hash),
      )[0];
      if (nonce > next || cheapest === undefined) return "FULL";
      if (cheapest.tip >= tip || cheapest.sender === sender) return "FULL";
      this.#remove(this.#of(cheapest.sender).at(-1) ?? cheapest);
    }
    this.entries.push(entry);
    return "ok";
  }

  /** The block's transactions are mined; those dropped are gone. */
  settle(included: Entry[], dropped: Entry[]): void {
    for (const entry of dropped) this.#remove(entry);
    for (const { sender, nonce } of included) {
      this.state[sender] = nonce + 1;
      this.entries = this.entries.filter((one) => one.sender !== sender || one.nonce > nonce);
    }
  }

  select(): Entry[] {
    const at = [...this.state];
    const selected: Entry[] = [];
    for (;;) {
      const heads = this.entries.filter(({ sender, nonce }) => nonce === at[sender]);
      const best = heads.sort((a, b) => b.tip - a.tip || a.order - b.order)[0];
      if (best === undefined) return selected;
      selected.push(best);
      at[best.sender] = best.nonce + 1;
    }
  }

  #of(sender: number): Entry[] {
    return this.entries.filter((entry) => entry.sender === sender).sort((a, b) => a.nonce - b.nonce);
  }

  #remove(entry: Entry): void {
    this.entries = this.entries.filter((one) => one !== entry);
  }
}

const made = new Map<string, Transaction>();

async function transfer(sender: number, nonce: number, tip: number): Promise<Transaction> {
  const name = `${sender}/${nonce}/${tip}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  const fields = { nonce, tip: BigInt(tip), feeCap: BigInt(tip) };
  const transaction = decodeTransaction(await signTransfer(sender, fields));
  made.set(name, transaction);
  return transaction;
}

const sender = fc.nat(2);
const add = fc.record({
  kind: fc.constant("add" as const),
  sender,
  ahead: fc.constantFrom(0, 0, 0, 1, 2, -1),
  tip: fc.integer({ min: 1, max: 30 }),
  balance: fc.oneof(fc.constant(10n ** 20n), fc.bigInt({ min: 0n, max: 4n * 21_000n * 30n })),
});
const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant("adds" as const), adds: fc.array(add, { maxLength: 5 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("settle" as const), count: fc.nat(4), drop: fc.nat(2) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose" as const) }) },
  ),
  { maxLength: 25 },
);

const hashes = (entries: { hash: Uint8Array }[]) => entries.map(({ hash }) => bytesToHex(hash));
const modelHashes = (entries: Entry[]) => hashes(entries.map(({ transaction }) => transaction));

test("two RPC processes and the builder's mirror behave as the model", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      await redis.flushall();
      const model = new PoolModel();
      const nonceOf = (address: Uint8Array) =>
        BigInt(model.stateNonce(ADDRESSES.indexOf(bytesToHex(address))));
      const pools = [createMempool(redis, LIMITS), createMempool(second, LIMITS)];
      const builder = await startBuilder(nonceOf);
      try {
        for (const [index, step] of list.entries()) {
          const pool = pools[index % 2];
          if (pool === undefined) throw new TypeError("no such pool");
          if (step.kind === "adds") {
            const results = [];
            for (const { sender: from, ahead, tip, balance } of step.adds) {
              const nonce = Math.max(model.stateNonce(from), model.next(from) + ahead);
              const transaction = await transfer(from, nonce, tip);
              results.push({
                wanted: model.add({ sender: from, nonce, tip, balance, transaction }),
                transaction,
                state: { nonce: BigInt(model.stateNonce(from)), balance },
              });
            }
            // One turn of the event loop: one command of Redis for all of them.
            const got = await Promise.all(
              results.map(({ transaction, state }) => pool.add(transaction, state).then(() => "ok", codeOf)),
            );
            expect(got).toEqual(results.map(({ wanted }) => wanted));
          } else if (step.kind === "settle") {
            const selected = model.select();
            const included = selected.slice(0, step.count);
            // A later one of the same sender than one that is dropped is not in the block.
            const dropped = selected.slice(included.length).slice(0, step.drop);
            model.settle(included, dropped);
            await builder.settle({
              included: included.map(({ transaction }) => transaction),
              dropped: dropped.map(({ transaction }) => ({ transaction, reason: "test" })),
            });
          } else {
            await redis.del(POOL_KEYS.events);
          }
          await agree(model, pool, builder);
        }
        const restarted = await startBuilder(nonceOf);
        expect(hashes(restarted.select(ALL))).toEqual(modelHashes(model.select()));
        await restarted.stop();
      } finally {
        await builder.stop();
      }
    }),
    { numRuns: 60 },
  );
});

async function startBuilder(nonceOf: (address: Uint8Array) => bigint) {
  const builder = createBlockCandidates({
    redis,
    follower: await createRedis(stack.redisUrl, { blocking: true }),
    timeToLiveMs: LIMITS.timeToLiveMs,
    onRejected: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  await builder.start(nonceOf);
  return builder;
}

async function agree(
  model: PoolModel,
  pool: ReturnType<typeof createMempool>,
  builder: ReturnType<typeof createBlockCandidates>,
): Promise<void> {
  expect(await redis.hlen(POOL_KEYS.txs)).toBe(model.entries.length);
  expect(await redis.zcard(POOL_KEYS.price)).toBe(model.entries.length);
  expect(await redis.zcard(POOL_KEYS.arrivals)).toBe(model.entries.length);
  // A fresh instance: `status` answers from memory for a while.
  expect(await createMempool(second, LIMITS).status()).toEqual({
    pending: model.pending(),
    queued: model.entries.length - model.pending(),
  });
  for (const one of SENDERS) {
    const costs = model.entries
      .filter(({ sender }) => sender === one)
      .map(({ transaction }) => transactionCost(transaction));
    const kept = await redis.hgetBuffer(POOL_KEYS.costs, Buffer.from(hexToBytes(ADDRESSES[one] ?? "")));
    expect(kept === null ? 0n : BigInt(`0x${kept.toString("hex")}`)).toBe(costs.reduce((a, b) => a + b, 0n));
    const stateNonce = BigInt(model.stateNonce(one));
    const next = await pool.nextNonce(hexToBytes(ADDRESSES[one] ?? ""), stateNonce);
    expect(next).toBe(BigInt(model.next(one)));
  }
  await expect
    .poll(() => hashes(builder.select(ALL)), { interval: 1, timeout: 5000 })
    .toEqual(modelHashes(model.select()));
  expect(builder.executable()).toBe(model.pending());
}

function codeOf(error: unknown): string {
  if (error instanceof MempoolError) return error.code.replace("MEMPOOL_", "");
  throw error;
}
