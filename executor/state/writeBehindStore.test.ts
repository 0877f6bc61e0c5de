import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { type AccountChange, EMPTY_BYTES, keccak256, type StateDiff } from "../../protocol/index.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { StateLayer, stateOver } from "./stateLayer.ts";
import { StateStore, type StateStoreCommit } from "./stateStore.ts";
import type { StateReader } from "./types.ts";
import { WriteBehindStore } from "./writeBehindStore.ts";

const cleanups: (() => Promise<void>)[] = [];

async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

afterEach(cleanUp);

/** Small, for there are many at once. */
const MAP_SIZE = 64 * 1024 ** 2;

async function openStore(): Promise<StateStore> {
  const folder = await mkdtemp(join(tmpdir(), "braid-layer-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const store = StateStore.open(folder, { mapSize: MAP_SIZE });
  cleanups.push(() => store.close());
  return store;
}

const ADDRESSES = [1, 2, 3, 4].map((fill) => new Uint8Array(20).fill(fill));
const SLOTS = [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill));
const CODE = Uint8Array.of(0x60, 0x01);
const CODE_HASH = keccak256(CODE);

const hashOf = (number: number) => new Uint8Array(32).fill(number + 1);
const hexOf = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;

function blockOf(number: number, stateDiff: StateDiff): StateStoreCommit {
  const storageRoots = stateDiff.accounts.flatMap(({ address, account, storage }): [string, Uint8Array][] =>
    account === undefined
      ? []
      : [[hexOf(address), storage.length > 0 ? hashOf(100 + number) : EMPTY_TRIE_ROOT]],
  );
  const header = {
    ...{ number, parentHash: hashOf(number - 1), stateRoot: hashOf(50 + number) },
    ...{ coinbase: new Uint8Array(20), transactionsRoot: hashOf(0), receiptsRoot: hashOf(0) },
    ...{
      logsBloom: new Uint8Array(256),
      gasLimit: 1n,
      gasUsed: 0n,
      timestamp: number,
      extraData: EMPTY_BYTES,
    },
    ...{ prevRandao: hashOf(0), baseFeePerGas: 1n, parentBeaconBlockRoot: hashOf(0) },
  };
  return {
    block: { header, hash: hashOf(number) },
    stateDiff,
    trieNodes: new Map(),
    storageRoots: new Map(storageRoots),
  };
}

function changes(): fc.Arbitrary<StateDiff> {
  const account = fc.option(
    fc.record({
      nonce: fc.bigInt(0n, 9n),
      balance: fc.bigInt(1n, 2n ** 80n),
      codeHash: fc.constantFrom(EMPTY_CODE_HASH, CODE_HASH),
    }),
    { nil: undefined },
  );
  const storage = fc
    .subarray(SLOTS)
    .chain((slots) =>
      fc.tuple(
        ...slots.map((slot) =>
          fc.uint8Array({ maxLength: 2 }).map((bytes) => ({ slot, value: bytes.filter((byte) => byte > 0) })),
        ),
      ),
    );
  const change = (address: Uint8Array): fc.Arbitrary<AccountChange> =>
    fc
      .record({ address: fc.constant(address), account, storageCleared: fc.boolean(), storage })
      .map((one) => (one.account === undefined ? { ...one, storageCleared: true, storage: [] } : one));
  return fc
    .subarray(ADDRESSES)
    .chain((addresses) => fc.tuple(...addresses.map(change)))
    .map((accounts) => ({ accounts, codes: [{ hash: CODE_HASH, code: CODE }] }));
}

/** All that can be asked of the few accounts. */
function contents(reader: StateReader): unknown {
  return ADDRESSES.map((address) => {
    const record = reader.account(address);
    return {
      record,
      slots: SLOTS.map((slot) => hexOf(reader.storage(address, slot))),
      code: record === undefined ? undefined : hexOf(reader.code(record.codeHash)),
    };
  });
}

test("a block reads the same over its parent's state, sent to a thread, over its own, and from the store", async () => {
  await fc.assert(
    fc.asyncProperty(changes(), changes(), async (first, second) => {
      const store = await openStore();
      await store.commit(blockOf(0, first));
      const next = blockOf(1, second);
      const layer = StateLayer.of(next);
      const sent = StateLayer.decode(layer.encode());
      expect(sent.encode()).toEqual(layer.encode());
      const before = [layer, sent].map((one) => contents(stateOver([one], store.reader())));
      await store.commit(next);
      const stored = contents(store.reader());
      expect(before).toEqual([stored, stored]);
      expect(contents(stateOver([layer], store.reader()))).toEqual(stored);
      await cleanUp();
    }),
    { numRuns: 40 },
  );
}, 60_000);

const account = { nonce: 1n, balance: 5n, codeHash: EMPTY_CODE_HASH };
const diffOf = (balance: bigint): StateDiff => ({
  accounts: [
    {
      address: new Uint8Array(20).fill(1),
      account: { ...account, balance },
      storageCleared: false,
      storage: [],
    },
  ],
  codes: [],
});

test("a block is the head at once, written after what it waits for, and read alike before and after", async () => {
  const store = await openStore();
  const latest = new WriteBehindStore(store);
  await latest.commit(blockOf(0, diffOf(5n)), Promise.resolve());
  const gate = new AbortController();
  const promise = once(gate.signal, "abort");
  const written = latest.commit(blockOf(1, diffOf(7n)), promise);
  const reader = latest.reader();
  const balance = () => reader.account(new Uint8Array(20).fill(1))?.balance;
  expect([latest.head()?.number, store.head()?.number, balance()]).toEqual([1, 0, 7n]);
  const snapshot = latest.snapshot();
  expect(snapshot.head.number).toBe(1);
  expect(snapshot.layers().map((layer) => StateLayer.decode(layer).head)).toEqual([snapshot.head]);
  gate.abort();
  await snapshot.stored;
  expect([store.head()?.number, balance()]).toEqual([1, 7n]);
  expect(snapshot.account(new Uint8Array(20).fill(1))?.balance).toBe(7n);
  snapshot.close();
  await written;
  expect(latest.snapshot().layers()).toEqual([]);
});

test("blocks that come while one is written are read in order, and written together", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(changes(), { minLength: 2, maxLength: 5 }), async (diffs) => {
      const [store, plain] = [await openStore(), await openStore()];
      const latest = new WriteBehindStore(store);
      const gate = new AbortController();
      const written: Promise<void>[] = [];
      const views: unknown[] = [];
      for (const [number, diff] of diffs.entries()) {
        // The first is there before the others come, for a snapshot to stand on.
        const after = number === 0 ? Promise.resolve() : once(gate.signal, "abort");
        written.push(latest.commit(blockOf(number, diff), after));
        if (number === 0) await written[0];
        await plain.commit(blockOf(number, diff));
        const snapshot = latest.snapshot();
        views.push(contents(latest.reader()), contents(snapshot));
        snapshot.close();
        expect(views.slice(-2)).toEqual([contents(plain.reader()), contents(plain.reader())]);
      }
      gate.abort();
      await Promise.all(written);
      expect(contents(store.reader())).toEqual(contents(plain.reader()));
      expect(store.head()).toEqual(plain.head());
      await cleanUp();
    }),
    { numRuns: 20 },
  );
}, 60_000);

test("a block that could not be written is not the head any more, and who built on it is told", async () => {
  const store = await openStore();
  const latest = new WriteBehindStore(store);
  await latest.commit(blockOf(0, diffOf(5n)), Promise.resolve());
  const failure = new RangeError("no room");
  const written = latest.commit(blockOf(1, diffOf(7n)), Promise.reject(failure));
  const next = latest.commit(blockOf(2, diffOf(8n)), Promise.resolve());
  const { stored, close } = latest.snapshot();
  await expect(next).rejects.toBe(failure);
  await expect(stored).rejects.toBe(failure);
  await expect(written).rejects.toBe(failure);
  close();
  expect([latest.head()?.number, latest.reader().account(new Uint8Array(20).fill(1))?.balance]).toEqual([
    0,
    5n,
  ]);
  await latest.commit(blockOf(1, diffOf(9n)), Promise.resolve());
  expect(store.head()?.number).toBe(1);
});
