import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createExecutor, type Executor, type StateAmendment, StateStore } from "../../executor/index.ts";
import { createSql, type Sql } from "../../infra/index.ts";
import { migrate } from "../../migrations/index.ts";
import {
  bytesToHex,
  decodeTransaction,
  developmentGenesis,
  type GenesisAccount,
  hexToBytes,
  NO_L1_PRICES,
  type Transaction,
} from "../../protocol/index.ts";
import { testAddress, testKey } from "../../test/support/signTransfer.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { type ChainStore, ChainStoreError, createChainStore, truncateAfter } from "../chain-store/index.ts";
import { nextBlockInput } from "./nextBlockInput.ts";
import { recoverChain } from "./recoverChain.ts";
import { type RollbackDeps, rollbackChain } from "./rollbackChain.ts";

const SENDERS = 3;
/** Storage and nothing else: the one kind of account that a touch makes lose its storage (EIP-161). */
const HOLLOW = hexToBytes(`0x${"ab".repeat(20)}`);
const SLOTS = [1, 2, 3].map((slot) => new Uint8Array(32).fill(slot));
const GENESIS = (() => {
  const genesis = developmentGenesis();
  const [first] = genesis.accounts;
  if (first === undefined) throw new TypeError("a development genesis funds accounts");
  const rich = Array.from(
    { length: SENDERS },
    (_, index): GenesisAccount => ({
      ...first,
      address: testAddress(index),
    }),
  );
  return { ...genesis, accounts: [...genesis.accounts, ...rich] };
})();

let stack: TestStack;
let sql: Sql;
let chain: ChainStore;
let dataDir: string;
let executor: Executor;

beforeAll(async () => {
  stack = await startTestStack({ postgres: true });
  sql = await createSql(stack.databaseUrl);
});
beforeEach(reset);
afterEach(close);
afterAll(async () => {
  await sql.end();
  await stack.stop();
});

async function reset(): Promise<void> {
  await sql`drop schema public cascade`;
  await sql`create schema public`;
  await migrate(sql);
  chain = createChainStore(sql);
  dataDir = mkdtempSync(path.join(tmpdir(), "braid-rollback-"));
  executor = createExecutor({ dataDir, lanes: 1, genesis: GENESIS });
  await executor.start();
  await recoverChain(executor, chain);
}

async function close(): Promise<void> {
  await executor.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

const deps = (changes: Partial<RollbackDeps> = {}): RollbackDeps => ({
  chain,
  truncateAfter: (number) => truncateAfter(sql, number),
  executor,
  candidates: { resync: async () => undefined },
  pause: async () => undefined,
  ...changes,
});

async function append(content: Transaction[] | StateAmendment[]): Promise<void> {
  const head = await chain.headerByNumber(executor.head()?.number ?? 0);
  if (head === undefined) throw new TypeError("no head");
  const isBlock = (given: typeof content): given is Transaction[] =>
    given[0] === undefined || "raw" in given[0];
  const input = nextBlockInput(
    GENESIS.config,
    head,
    Date.now(),
    isBlock(content) ? content : [],
    NO_L1_PRICES,
  );
  const executed = isBlock(content) ? await executor.execute(input) : await executor.amend(input, content);
  await chain.appendBlock(executed);
  await executor.commit(executed);
}

async function transfer(sender: number, nonce: number, to = TARGETS[0] ?? HOLLOW, value = 1n) {
  const raw = await privateKeyToAccount(testKey(sender)).signTransaction({
    ...{ type: "eip1559", chainId: 7357, nonce, gas: 21_000n, to: bytesToHex(to), value },
    ...{ maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: 1000n },
  });
  return decodeTransaction(hexToBytes(raw));
}

/** Every account and slot that the tests touch, and the head, as the flat tables have them. */
function flatState(): unknown {
  const state = executor.state();
  const addresses = [...GENESIS.accounts.map(({ address }) => address), HOLLOW, ...TARGETS];
  return {
    head: executor.head(),
    accounts: addresses.map((address) => ({
      record: state.account(address),
      slots: SLOTS.map((slot) => bytesToHex(state.storage(address, slot))),
    })),
  };
}

const TARGETS = [1, 2, 3].map((fill) => new Uint8Array(20).fill(0x70 + fill));

test("going back gives the state that was, and the same blocks can follow again", async () => {
  await append([await transfer(0, 0)]);
  const before = flatState();
  const later = [await transfer(0, 1), await transfer(1, 0)];
  await append(later);
  await append([{ address: TARGETS[0] ?? HOLLOW, balance: 5n, code: hexToBytes("0x6001") }]);
  const head = await rollbackChain(1, deps());
  expect(head.header.number).toBe(1);
  expect(flatState()).toEqual(before);
  expect((await chain.head())?.number).toBe(1);
  expect(await chain.blockByNumber(2)).toBeUndefined();
  expect(await chain.transactionByHash(later[0]?.hash ?? HOLLOW)).toBeUndefined();
  await append(later);
  expect((await chain.head())?.number).toBe(2);
  expect((await recoverChain(executor, chain)).replayed).toBe(0);
});

test("an account that lost all its storage gets it back", async () => {
  await append([{ address: HOLLOW, storage: SLOTS.map((slot) => ({ slot, value: new Uint8Array([7]) })) }]);
  const before = flatState();
  await append([await transfer(0, 0, HOLLOW, 0n)]);
  expect(executor.state().account(HOLLOW)).toBeUndefined();
  await rollbackChain(1, deps());
  expect(flatState()).toEqual(before);
});

test("a process that dies between the two stores comes up with the chain as it was before", async () => {
  for (let nonce = 0; nonce < 3; nonce++) await append([await transfer(0, nonce)]);
  const before = flatState();
  const died = new ChainStoreError("CHAIN_STORE_FAILED", "killed here");
  const rollback = rollbackChain(1, deps({ truncateAfter: () => Promise.reject(died) }));
  await expect(rollback).rejects.toMatchObject({ code: "ROLLBACK_INCOMPLETE", cause: died });
  expect(executor.head()?.number).toBe(1);
  await executor.stop();
  executor = createExecutor({ dataDir, lanes: 1, genesis: GENESIS });
  await executor.start();
  expect((await recoverChain(executor, chain)).replayed).toBe(2);
  expect(flatState()).toEqual(before);
});

test("a lost connection to PostgreSQL is tried again", async () => {
  await append([await transfer(0, 0)]);
  let tries = 0;
  await rollbackChain(
    0,
    deps({
      async truncateAfter(number) {
        if (++tries === 1) throw new ChainStoreError("CHAIN_STORE_UNAVAILABLE", "away", { retryable: true });
        await truncateAfter(sql, number);
      },
    }),
  );
  expect(tries).toBe(2);
  expect((await chain.head())?.number).toBe(0);
});

test("what L1 has is not taken back; sealed batches that it has not are forgotten", async () => {
  for (let nonce = 0; nonce < 3; nonce++) await append([await transfer(0, nonce)]);
  const word = (fill: number) => new Uint8Array(32).fill(fill);
  for (const number of [1, 2, 3]) {
    await chain.appendBatch({
      ...{ number, firstBlock: number, lastBlock: number, data: word(number) },
      ...{ postStateRoot: word(9), lastBlockHash: word(9), outputRoot: word(9), rollingHash: word(0) },
      ...{ l1OriginNumber: 0, l1OriginHash: word(0), messagesConsumed: 0 },
    });
  }
  await chain.markBatchCommitted(
    1,
    { kind: "calldata", blobHashes: undefined, previousHash: word(0), hash: word(1) },
    { transactionHash: word(8), blockNumber: 1 },
  );
  const before = flatState();
  await expect(rollbackChain(0, deps())).rejects.toMatchObject({ code: "ROLLBACK_POSTED" });
  await expect(truncateAfter(sql, 0)).rejects.toMatchObject({ code: "CHAIN_STORE_BATCH_POSTED" });
  expect(flatState()).toEqual(before);
  await rollbackChain(2, deps());
  expect((await chain.lastBatch())?.number).toBe(2);
});

test("random chains: going back anywhere gives the flat state that was there, which is the trie's", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("send" as const), sender: fc.nat(SENDERS - 1), to: fc.nat(2) }),
    fc.record({ kind: fc.constant("poke" as const), target: fc.nat(3), slot: fc.nat(2), value: fc.nat(2) }),
    fc.record({ kind: fc.constant("touch" as const), sender: fc.nat(SENDERS - 1) }),
    fc.record({ kind: fc.constant("back" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      await close();
      await reset();
      const states = [flatState()];
      const nonces: number[][] = [new Array<number>(SENDERS).fill(0)];
      for (const one of steps) {
        const now = [...(nonces.at(-1) ?? [])];
        if (one.kind === "back") {
          const target = Math.floor(one.share * (states.length - 1));
          await rollbackChain(target, deps());
          states.length = target + 1;
          nonces.length = target + 1;
          expect(flatState()).toEqual(states[target]);
          continue;
        }
        if (one.kind === "poke") {
          const address = one.target === 3 ? HOLLOW : (TARGETS[one.target] ?? HOLLOW);
          const slot = SLOTS[one.slot] ?? HOLLOW;
          const value = one.value === 0 ? new Uint8Array(0) : new Uint8Array([one.value]);
          await append([{ address, storage: [{ slot, value }] }]);
        } else {
          const nonce = now[one.sender] ?? 0;
          const to = one.kind === "touch" ? HOLLOW : TARGETS[one.to];
          await append([await transfer(one.sender, nonce, to, one.kind === "touch" ? 0n : 3n)]);
          now[one.sender] = nonce + 1;
        }
        states.push(flatState());
        nonces.push(now);
      }
      const end = flatState();
      await executor.stop();
      rmSync(dataDir, { recursive: true, force: true });
      executor = createExecutor({ dataDir, lanes: 1, genesis: GENESIS });
      await executor.start();
      await recoverChain(executor, chain);
      expect(flatState()).toEqual(end);
    }),
    { numRuns: 15 },
  );
}, 120_000);

test("readers in other handles see the state that was", async () => {
  await append([await transfer(0, 0, TARGETS[0])]);
  const reader = StateStore.open(dataDir, { readOnly: true });
  expect(reader.snapshot().head.number).toBe(1);
  await rollbackChain(0, deps());
  const snapshot = reader.snapshot();
  expect(snapshot.head.number).toBe(0);
  expect(snapshot.account(TARGETS[0] ?? HOLLOW)).toBeUndefined();
  snapshot.close();
  await reader.close();
});
