import { type AccountChange, keccak256, type StateDiff } from "../../protocol/index.ts";
import type { TrieNodeReader } from "../state/types.ts";
import {
  type AccountsBefore,
  addNodes,
  addStorageRoots,
  type StateCommit,
  type SubtreeCommit,
  type SubtreeReference,
  TrieCommitter,
} from "./commitStateDiff.ts";
import { encodeShardJob, toShardJob } from "./shardMessages.ts";
import { ShardThread } from "./shardThread.ts";

export interface ShardedCommitterOptions {
  /** Where the state store lives; the threads open it for reading. */
  dataDir: string;
  /** Threads beside the caller's, which takes a share too. */
  workers: number;
  /** Diffs of fewer changed keys, accounts and slots, are committed by the caller's thread alone. */
  shardFrom?: number;
  /** Nodes kept between blocks by each thread and the caller; see TrieCommitterOptions. */
  cachedNodes?: number;
  /** How long to wait for the threads at least, once the caller's own share is done. */
  patienceMs?: number;
  /** Threads get this many times what the caller's share took, where that is longer. */
  patienceFactor?: number;
}

/** Since the committer was made. */
export interface ShardedCommitCounts {
  /** Commits by the caller's thread alone. */
  alone: number;
  sharded: number;
  /** Shares that a thread was asked for and the caller computed after all. */
  takenOver: number;
}

/**
 * Measured on two cores: at 3,000 changed keys two threads take as long as one (what they send each other costs what
 * they save), at 10,000 they gain a tenth.
 */
const SHARD_FROM = 10_000;
const CACHED_NODES = 65_536;
const PATIENCE_MS = 500;
const PATIENCE_FACTOR = 10;

/**
 * {@link TrieCommitter} over threads: the account trie is split by first nibble, and each account's storage trie goes
 * with its account. The result is the same, byte for byte, whoever computes which part.
 *
 * A thread only ever saves time: the share of one that is not ready, fails, dies or takes too long is computed here.
 * A thread that took too long or died is replaced; one that could not start is not tried again.
 */
export class ShardedCommitter {
  readonly #options: Required<ShardedCommitterOptions>;
  readonly #local: TrieCommitter;
  readonly #threads: (ShardThread | undefined)[] = [];
  #stopped = false;
  #counts: ShardedCommitCounts = { alone: 0, sharded: 0, takenOver: 0 };

  constructor(nodes: TrieNodeReader, options: ShardedCommitterOptions) {
    this.#options = {
      shardFrom: SHARD_FROM,
      cachedNodes: CACHED_NODES,
      patienceMs: PATIENCE_MS,
      patienceFactor: PATIENCE_FACTOR,
      ...options,
    };
    this.#local = new TrieCommitter(nodes, { cachedNodes: this.#options.cachedNodes });
  }

  /** Starts the threads. Commits need not wait for it. False when one of them could not start. */
  async start(): Promise<boolean> {
    this.#stopped = false;
    for (let index = 0; index < this.#options.workers; index++) this.#startThread(index);
    const started = await Promise.all(this.#threads.map((thread) => thread?.started ?? false));
    return started.every((ok) => ok);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#threads.map((thread) => thread?.end()));
  }

  /** Threads that can take work now. */
  readyThreads(): number {
    return this.#ready().length;
  }

  counts(): Readonly<ShardedCommitCounts> {
    return this.#counts;
  }

  /** For tests of failure: ends a thread as a crash would. */
  async terminateThread(index: number): Promise<void> {
    await this.#threads[index]?.worker.terminate();
  }

  /**
   * See {@link TrieCommitter}. `accountsBefore` must answer until the promise is settled. `stored`: resolves when the
   * threads can read the previous state's nodes.
   */
  async commit(
    previousRoot: Uint8Array,
    accountsBefore: AccountsBefore,
    diff: StateDiff,
    stored?: Promise<void>,
  ): Promise<StateCommit> {
    const threads = this.#ready();
    if (threads.length > 0 && changedKeys(diff) >= this.#options.shardFrom) {
      await stored;
      const commit = await this.#commitSharded(threads, previousRoot, accountsBefore, diff.accounts);
      if (commit !== undefined) {
        this.#counts.sharded += 1;
        return commit;
      }
    }
    this.#counts.alone += 1;
    return this.#local.commit(previousRoot, accountsBefore, diff);
  }

  /** Undefined when the root is no branch, before or after. */
  async #commitSharded(
    threads: ShardThread[],
    previousRoot: Uint8Array,
    accountsBefore: AccountsBefore,
    accounts: readonly AccountChange[],
  ): Promise<StateCommit | undefined> {
    const [own = [], ...shares] = splitByNibble(accounts, threads.length + 1);
    const asked = threads.map((thread, i) =>
      thread.run(encodeShardJob(toShardJob(previousRoot, accountsBefore, shares[i] ?? []))),
    );
    const started = performance.now();
    const mine = this.#local.commitSubtrees(previousRoot, accountsBefore, own);
    if (mine === undefined) return undefined;
    const joined = new JoinedShares();
    joined.add(own, mine);
    const { patienceMs, patienceFactor } = this.#options;
    const patience = Math.max(patienceMs, patienceFactor * (performance.now() - started));
    const answers = await this.#answers(threads, asked, patience);
    for (const [i, share] of shares.entries()) {
      const answer = answers[i];
      if (answer === undefined) this.#counts.takenOver += 1;
      else this.#local.remember(answer.written);
      const commit = answer ?? this.#local.commitSubtrees(previousRoot, accountsBefore, share);
      if (commit === undefined) return undefined;
      joined.add(share, commit);
    }
    const root = this.#local.joinSubtrees(previousRoot, joined.subtrees);
    if (root === undefined) return undefined;
    addNodes(joined.nodes, root.written);
    return { stateRoot: root.stateRoot, storageRoots: joined.storageRoots, nodes: joined.nodes };
  }

  /** What the threads answer within the time; a thread that does not is ended. */
  async #answers(
    threads: readonly ShardThread[],
    asked: readonly Promise<SubtreeCommit | undefined>[],
    patienceMs: number,
  ): Promise<(SubtreeCommit | undefined)[]> {
    const late = new Set(threads);
    const deadline = setTimeout(() => {
      // An ended thread settles what it owes.
      for (const thread of late) void thread.end();
    }, patienceMs);
    const answers = await Promise.all(
      asked.map(async (answer, i) => {
        const subtrees = await answer;
        const thread = threads[i];
        if (thread !== undefined) late.delete(thread);
        return subtrees;
      }),
    );
    clearTimeout(deadline);
    return answers;
  }

  #ready(): ShardThread[] {
    return this.#threads.filter((thread) => thread !== undefined).filter((thread) => thread.isReady());
  }

  #startThread(index: number): void {
    const { dataDir, cachedNodes } = this.#options;
    this.#threads[index] = new ShardThread({ dataDir, cachedNodes }, (ended) => {
      if (this.#stopped || this.#threads[index] !== ended) return;
      this.#threads[index] = undefined;
      if (ended.wasEverReady()) this.#startThread(index);
    });
  }
}

/** What the shares have written, without the root. */
class JoinedShares {
  readonly subtrees = new Array<SubtreeReference>(16).fill(undefined);
  readonly storageRoots = new Map<string, Uint8Array>();
  readonly nodes = new Map<string, Uint8Array>();

  add(accounts: readonly AccountChange[], commit: SubtreeCommit): void {
    for (const [nibble, reference] of commit.subtrees.entries()) {
      if (reference !== undefined) this.subtrees[nibble] = reference;
    }
    addStorageRoots(this.storageRoots, accounts, commit.storageRoots);
    addNodes(this.nodes, commit.written);
  }
}

function changedKeys({ accounts }: Pick<StateDiff, "accounts">): number {
  return accounts.reduce((keys, { storage }) => keys + 1 + storage.length, 0);
}

/**
 * Whole first nibbles, in even shares: the heaviest first, each to the share that has least. One contract with many
 * changed slots outweighs all else of its block, and stays with the caller, who has nothing to send for it.
 */
function splitByNibble(accounts: readonly AccountChange[], shares: number): AccountChange[][] {
  const byNibble = Array.from({ length: 16 }, (): AccountChange[] => []);
  for (const change of accounts) byNibble[(keccak256(change.address)[0] ?? 0) >> 4]?.push(change);
  const weighed = byNibble.map((changes) => ({ changes, weight: changedKeys({ accounts: changes }) }));
  weighed.sort((a, b) => b.weight - a.weight);
  const split = Array.from({ length: shares }, () => ({ changes: [] as AccountChange[], weight: 0 }));
  for (const { changes, weight } of weighed) {
    const least = split.reduce((one, other) => (other.weight < one.weight ? other : one));
    least.changes.push(...changes);
    least.weight += weight;
  }
  return split.map(({ changes }) => changes);
}
