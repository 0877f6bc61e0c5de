import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type AccountChange,
  type BlockHeader,
  bytesToHex,
  InvariantError,
  keccak256,
  type StateDiff,
} from "../../protocol/index.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { TrieCommitter } from "../trie/commitStateDiff.ts";
import { historicalReader } from "../trie/historicalReader.ts";
import { decodeAccount, encodeAccount } from "./recordCodec.ts";
import { StateStore, StateStoreError } from "./stateStore.ts";

let directory: string;
let store: StateStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "state-store-"));
  store = StateStore.open(directory);
});

afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

function word(length: number, id: number): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(length - 4, id);
  return bytes;
}

function header(number: number, stateRoot: Uint8Array): BlockHeader {
  return {
    parentHash: word(32, 1000 + number - 1),
    coinbase: word(20, 0),
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(256),
    number,
    gasLimit: 0n,
    gasUsed: 0n,
    timestamp: number,
    extraData: new Uint8Array(0),
    prevRandao: word(32, 0),
    baseFeePerGas: 0n,
    parentBeaconBlockRoot: word(32, 0),
  };
}

async function commit(number: number, accounts: AccountChange[], codes: StateDiff["codes"] = []) {
  const stateDiff = { accounts, codes };
  const before = store.head()?.stateRoot ?? EMPTY_TRIE_ROOT;
  const committed = new TrieCommitter(store).commit(
    before,
    (address) => store.reader().account(address),
    stateDiff,
  );
  await store.commit({
    block: { header: header(number, committed.stateRoot), hash: word(32, 1000 + number) },
    stateDiff,
    trieNodes: committed.nodes,
    storageRoots: committed.storageRoots,
  });
  return committed;
}

function change(
  id: number,
  balance: bigint | undefined,
  slots: [number, number][] = [],
  cleared = false,
): AccountChange {
  return {
    address: word(20, id),
    account: balance === undefined ? undefined : { nonce: 1n, balance, codeHash: EMPTY_CODE_HASH },
    storageCleared: cleared,
    storage: slots.map(([slot, value]) => ({
      slot: word(32, slot),
      value: value === 0 ? new Uint8Array(0) : Uint8Array.of(value),
    })),
  };
}

describe("StateStore", () => {
  it("shows a committed block's accounts, storage, code, nodes and head", async () => {
    const code = new Uint8Array(24_576).fill(0x5b);
    const codeHash = keccak256(code);
    const contract = change(2, 7n, [
      [1, 11],
      [2, 12],
    ]);
    if (contract.account !== undefined) contract.account.codeHash = codeHash;
    expect(store.head()).toBeUndefined();
    const committed = await commit(0, [change(1, 5n), contract], [{ hash: codeHash, code }]);
    const reader = store.reader();
    expect(store.head()).toEqual({ number: 0, hash: word(32, 1000), stateRoot: committed.stateRoot });
    expect(reader.account(word(20, 1))?.balance).toBe(5n);
    expect(reader.account(word(20, 9))).toBeUndefined();
    expect(reader.account(word(20, 2))?.storageRoot).toEqual(
      committed.storageRoots.get(bytesToHex(word(20, 2))),
    );
    expect(reader.storage(word(20, 2), word(32, 2))).toEqual(Uint8Array.of(12));
    expect(reader.storage(word(20, 2), word(32, 3))).toEqual(new Uint8Array(0));
    expect(bytesToHex(reader.code(codeHash))).toBe(bytesToHex(code));
    expect(reader.code(EMPTY_CODE_HASH).length).toBe(0);
    for (const [hash, rlp] of committed.nodes) {
      expect(bytesToHex(store.node(Buffer.from(hash, "hex")) ?? new Uint8Array(0))).toBe(bytesToHex(rlp));
    }
  });

  it("keeps a snapshot and an old root as they were while later blocks commit", async () => {
    const first = await commit(0, [change(1, 5n, [[1, 11]])]);
    const snapshot = store.snapshot();
    await commit(1, [
      change(1, 6n, [
        [1, 0],
        [2, 22],
      ]),
    ]);
    await commit(2, [change(1, undefined)]);
    expect(snapshot.head.number).toBe(0);
    expect(snapshot.account(word(20, 1))?.balance).toBe(5n);
    expect(snapshot.storage(word(20, 1), word(32, 1))).toEqual(Uint8Array.of(11));
    expect(store.reader().account(word(20, 1))).toBeUndefined();
    const old = historicalReader(store, first.stateRoot);
    expect(old.account(word(20, 1))?.balance).toBe(5n);
    expect(old.storage(word(20, 1), word(32, 1))).toEqual(Uint8Array.of(11));
    snapshot.close();
    snapshot.close();
    expect(() => snapshot.account(word(20, 1))).toThrow(InvariantError);
  });

  it("clears an account's storage and nobody else's", async () => {
    await commit(0, [
      change(1, 1n, [
        [1, 1],
        [0xffffffff, 2],
      ]),
      change(2, 1n, [[1, 3]]),
      change(3, 1n, [[1, 4]]),
    ]);
    await commit(1, [change(1, undefined), change(2, 2n, [[5, 5]], true)]);
    const reader = store.reader();
    expect(reader.storage(word(20, 1), word(32, 1)).length).toBe(0);
    expect(reader.storage(word(20, 1), word(32, 0xffffffff)).length).toBe(0);
    expect(reader.storage(word(20, 2), word(32, 1)).length).toBe(0);
    expect(reader.storage(word(20, 2), word(32, 5))).toEqual(Uint8Array.of(5));
    expect(reader.storage(word(20, 3), word(32, 1))).toEqual(Uint8Array.of(4));
  });

  it("refuses a block that does not follow its head, and keeps its state over a restart", async () => {
    const first = await commit(0, [change(1, 1n)]);
    await expect(commit(2, [change(1, 9n)])).rejects.toThrow(InvariantError);
    await store.close();
    store = StateStore.open(directory);
    expect(store.head()?.stateRoot).toEqual(first.stateRoot);
    expect(store.reader().account(word(20, 1))?.balance).toBe(1n);
  });

  it("says that a store to read from is missing", () => {
    expect(() => StateStore.open(join(directory, "none"), { readOnly: true })).toThrow(StateStoreError);
    expect(() => store.snapshot()).toThrow("holds no state");
  });

  it("reads back every account record", () => {
    const hash = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constant(undefined));
    const number = (bits: bigint) =>
      fc.oneof(
        fc.bigInt({ min: 0n, max: 9n }),
        fc.bigInt({ min: 0n, max: (1n << bits) - 1n }),
        fc.integer({ min: 0, max: Number(bits) - 1 }).map((n) => 1n << BigInt(n)),
      );
    fc.assert(
      fc.property(number(64n), number(256n), hash, hash, (nonce, balance, codeHash, storageRoot) => {
        const record = {
          nonce,
          balance,
          codeHash: codeHash ?? EMPTY_CODE_HASH,
          storageRoot: storageRoot ?? EMPTY_TRIE_ROOT,
        };
        expect(decodeAccount(encodeAccount(record))).toEqual(record);
      }),
    );
  });
});

describe("StateStore between processes", () => {
  /** A process that answers each line with the head and a balance, without closing its store between. */
  function startReader(): ChildProcessByStdio<Writable, Readable, null> {
    const source = `
      import { createInterface } from "node:readline";
      const { StateStore } = await import(${JSON.stringify(new URL("./stateStore.ts", import.meta.url).href)});
      const store = StateStore.open(${JSON.stringify(directory)}, { readOnly: true });
      const address = new Uint8Array(20); address[19] = 1;
      process.stdout.write("ready\\n");
      for await (const line of createInterface({ input: process.stdin })) {
        const snapshot = store.snapshot();
        process.stdout.write(snapshot.head.number + " " + snapshot.account(address).balance + "\\n");
        snapshot.close();
      }
      await store.close();`;
    return spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", source], {
      stdio: ["pipe", "pipe", "inherit"],
    });
  }

  it("is visible to a reading process when a commit resolves", async () => {
    await commit(0, [change(1, 1n)]);
    const reader = startReader();
    const lines = createInterface({ input: reader.stdout })[Symbol.asyncIterator]();
    const nextLine = async () => (await lines.next()).value;
    expect(await nextLine()).toBe("ready");
    for (let number = 1; number <= 20; number++) {
      await commit(number, [change(1, BigInt(number * 10))]);
      reader.stdin.write("\n");
      expect(await nextLine()).toBe(`${number} ${number * 10}`);
    }
    const exited = new Promise((resolve) => reader.once("close", resolve));
    reader.stdin.end();
    expect(await exited).toBe(0);
  });
});
