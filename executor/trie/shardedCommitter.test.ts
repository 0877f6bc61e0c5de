import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type AccountChange,
  type BlockHeader,
  bigIntToBytes,
  keccak256,
  type StateDiff,
} from "../../protocol/index.ts";
import { StateStore } from "../state/stateStore.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "./accountRlp.ts";
import { hashKey, type StateCommit, TrieCommitter } from "./commitStateDiff.ts";
import { ShardedCommitter, type ShardedCommitterOptions } from "./shardedCommitter.ts";
import { decodeShardJob, decodeSubtrees, encodeShardJob, encodeSubtrees } from "./shardMessages.ts";

function filled(length: number, id: number): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(length - 4, id);
  return bytes;
}

const accountChange = fc
  .record({
    id: fc.nat(90),
    exists: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
    balance: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
    storageCleared: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    slots: fc.uniqueArray(fc.tuple(fc.nat(30), fc.bigInt({ min: 0n, max: 300n })), {
      maxLength: 10,
      selector: ([slot]) => slot,
    }),
  })
  .map(({ id, exists, balance, storageCleared, slots }): AccountChange => {
    const storage = slots.map(([slot, value]) => ({
      slot: filled(32, slot),
      value: value === 0n ? new Uint8Array(0) : bigIntToBytes(value),
    }));
    return {
      address: filled(20, id),
      account: exists ? { nonce: BigInt(id), balance, codeHash: EMPTY_CODE_HASH } : undefined,
      storageCleared,
      storage: exists ? storage : [],
    };
  });
const diffs = fc.array(
  fc.uniqueArray(accountChange, { maxLength: 40, selector: ({ address }) => hashKey(address) }),
  { minLength: 1, maxLength: 4 },
);

function simpleDiff(ids: number[], balance: bigint | undefined): StateDiff {
  const accounts = ids.map((id) => ({
    address: filled(20, id),
    account: balance === undefined ? undefined : { nonce: 1n, balance, codeHash: EMPTY_CODE_HASH },
    storageCleared: false,
    storage: [],
  }));
  return { accounts, codes: [] };
}

const range = (length: number): number[] => Array.from({ length }, (_, id) => id);

/** Short to compare: all that a commit says. */
function digest({ stateRoot, storageRoots, nodes }: StateCommit): string[] {
  const lines = (map: Map<string, Uint8Array>) =>
    [...map].map(([key, bytes]) => `${key} ${hashKey(keccak256(bytes))}`).sort();
  const all = [...lines(storageRoots), "-", ...lines(nodes)].join();
  return [hashKey(stateRoot), hashKey(keccak256(new TextEncoder().encode(all)))];
}

/** A store with a chain of its own, and how it grows. */
class Chain {
  readonly store: StateStore;
  root = EMPTY_TRIE_ROOT;
  #number = -1;
  #hash: Uint8Array = new Uint8Array(32);

  constructor(directory: string) {
    this.store = StateStore.open(directory);
  }

  accountsBefore = (address: Uint8Array) => this.store.reader().account(address);

  /** What one thread, without a memory, commits. */
  expected(diff: StateDiff): StateCommit {
    return new TrieCommitter(this.store).commit(this.root, this.accountsBefore, diff);
  }

  async append(diff: StateDiff, commit: StateCommit): Promise<void> {
    const zero = new Uint8Array(32);
    this.#number += 1;
    const header: BlockHeader = {
      parentHash: this.#hash,
      coinbase: new Uint8Array(20),
      stateRoot: commit.stateRoot,
      transactionsRoot: zero,
      receiptsRoot: zero,
      logsBloom: new Uint8Array(256),
      number: this.#number,
      gasLimit: 0n,
      gasUsed: 0n,
      timestamp: this.#number,
      extraData: new Uint8Array(0),
      prevRandao: zero,
      baseFeePerGas: 0n,
      parentBeaconBlockRoot: zero,
    };
    this.#hash = keccak256(filled(4, this.#number));
    const { nodes: trieNodes, storageRoots } = commit;
    await this.store.commit({
      block: { header, hash: this.#hash },
      stateDiff: diff,
      trieNodes,
      storageRoots,
    });
    this.root = commit.stateRoot;
  }
}

describe("ShardedCommitter", () => {
  let directory = "";
  let chain: Chain;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "sharded-committer-"));
    chain = new Chain(directory);
    const diff = simpleDiff(range(50), 7n);
    await chain.append(diff, chain.expected(diff));
  });

  afterAll(async () => {
    await chain.store.close();
    await rm(directory, { recursive: true });
  });

  async function withCommitter(
    options: Partial<ShardedCommitterOptions>,
    use: (committer: ShardedCommitter, started: boolean) => Promise<void>,
  ): Promise<void> {
    const committer = new ShardedCommitter(chain.store, {
      dataDir: directory,
      workers: 1,
      shardFrom: 0,
      patienceMs: 60_000,
      ...options,
    });
    try {
      await use(committer, await committer.start());
    } finally {
      await committer.stop();
    }
  }

  it("commits what one thread commits, block after block", { timeout: 60_000 }, async () => {
    await withCommitter({ workers: 2 }, async (committer, started) => {
      expect(started).toBe(true);
      const property = fc.asyncProperty(diffs, async (blocks) => {
        for (const accounts of blocks) {
          const diff = { accounts, codes: [] };
          const expected = digest(chain.expected(diff));
          const commit = await committer.commit(chain.root, chain.accountsBefore, diff);
          expect(digest(commit)).toEqual(expected);
          await chain.append(diff, commit);
        }
      });
      await fc.assert(property, { numRuns: 25 });
      expect(committer.counts().takenOver).toBe(0);
      expect(committer.counts().sharded).toBeGreaterThan(20);
    });
  });

  it("does not keep a root branch with fewer than two children", async () => {
    await withCommitter({ workers: 2 }, async (committer) => {
      for (const ids of [range(91), range(90), []]) {
        // All of them, all but one, none: from a branch down to nothing, and from nothing.
        const gone = simpleDiff(ids, undefined);
        const one = await committer.commit(chain.root, chain.accountsBefore, gone);
        expect(digest(one)).toEqual(digest(chain.expected(gone)));
        await chain.append(gone, one);
        const back = simpleDiff(range(91), 9n);
        const all = await committer.commit(chain.root, chain.accountsBefore, back);
        expect(digest(all)).toEqual(digest(chain.expected(back)));
        await chain.append(back, all);
      }
    });
  });

  it("computes the share of a thread that dies, and replaces the thread", async () => {
    await withCommitter({}, async (committer) => {
      const diff = simpleDiff(range(3_000), 11n);
      const expected = digest(chain.expected(diff));
      const pending = committer.commit(chain.root, chain.accountsBefore, diff);
      await committer.terminateThread(0);
      expect(digest(await pending)).toEqual(expected);
      expect(digest(await committer.commit(chain.root, chain.accountsBefore, diff))).toEqual(expected);
      await vi.waitFor(() => expect(committer.readyThreads()).toBe(1), { timeout: 20_000 });
      expect(digest(await committer.commit(chain.root, chain.accountsBefore, diff))).toEqual(expected);
    });
  });

  it("does not wait for a thread that takes too long", async () => {
    await withCommitter({ patienceMs: 0, patienceFactor: 0 }, async (committer) => {
      const diff = simpleDiff(range(20_000), 13n);
      const commit = await committer.commit(chain.root, chain.accountsBefore, diff);
      expect(committer.counts()).toEqual({ alone: 0, sharded: 1, takenOver: 1 });
      expect(digest(commit)).toEqual(digest(chain.expected(diff)));
    });
  });

  it("commits on a root that the threads cannot see yet", async () => {
    const unseen = new Map<string, Uint8Array>();
    const reader = { node: (hash: Uint8Array) => unseen.get(hashKey(hash)) ?? chain.store.node(hash) };
    const committer = new ShardedCommitter(reader, { dataDir: directory, workers: 1, shardFrom: 0 });
    expect(await committer.start()).toBe(true);
    const first = simpleDiff(range(60), 17n);
    const parent = chain.expected(first);
    for (const [hash, rlp] of parent.nodes) unseen.set(hash, rlp);
    const second = simpleDiff(range(60), 18n);
    const expected = new TrieCommitter(reader).commit(parent.stateRoot, () => undefined, second);
    expect(await committer.commit(parent.stateRoot, () => undefined, second)).toEqual(expected);
    expect(committer.counts()).toEqual({ alone: 0, sharded: 1, takenOver: 1 });
    await committer.stop();
  });

  it("commits alone when threads cannot start, are stopped, or are not worth it", async () => {
    const diff = simpleDiff(range(200), 19n);
    const expected = digest(chain.expected(diff));
    await withCommitter({ dataDir: join(directory, "absent") }, async (committer, started) => {
      expect(started).toBe(false);
      expect(digest(await committer.commit(chain.root, chain.accountsBefore, diff))).toEqual(expected);
    });
    await withCommitter({ shardFrom: 201 }, async (committer) => {
      expect(digest(await committer.commit(chain.root, chain.accountsBefore, diff))).toEqual(expected);
      await committer.stop();
      expect(committer.readyThreads()).toBe(0);
      expect(committer.counts()).toEqual({ alone: 1, sharded: 0, takenOver: 0 });
      const more = simpleDiff(range(300), 19n);
      const alone = await committer.commit(chain.root, chain.accountsBefore, more);
      expect(digest(alone)).toEqual(digest(chain.expected(more)));
    });
  });
});

describe("shard messages", () => {
  it("say the same after a round trip", () => {
    fc.assert(
      fc.property(fc.array(accountChange, { maxLength: 8 }), (changes) => {
        const accounts = changes.map((change, i) => ({
          change: change.account === undefined ? { ...change, storageCleared: false } : change,
          storageRoot: change.account === undefined ? EMPTY_TRIE_ROOT : keccak256(filled(4, i)),
        }));
        const job = { previousRoot: keccak256(filled(4, 77)), accounts };
        expect(decodeShardJob(encodeShardJob(job))).toEqual(job);
      }),
    );
    const commit = {
      subtrees: [undefined, null, keccak256(filled(4, 1)), filled(20, 5)],
      storageRoots: [EMPTY_TRIE_ROOT],
      written: [{ hash: keccak256(filled(4, 2)), rlp: filled(532, 3) }],
    };
    expect(decodeSubtrees(encodeSubtrees(commit))).toEqual(commit);
  });
});
