import { hashKey } from "../trie/commitStateDiff.ts";
import type { StateHead } from "../types.ts";
import { StateLayer, stateOver } from "./stateLayer.ts";
import { checkFollows, type StateStore, type StateStoreCommit } from "./stateStore.ts";
import type { StateReader, StateSnapshot, TrieNodeReader } from "./types.ts";

/** A block on its way into the store. */
interface Arriving {
  executed: StateStoreCommit;
  layer: StateLayer;
  /** Settled when it may be written. */
  after: Promise<unknown>;
  /** Whether it may by now. */
  isReady: boolean;
  stored: Promise<void>;
  resolve(): void;
  reject(reason: unknown): void;
  /** What has kept it from being stored; at most one. */
  failures: { reason: unknown }[];
}

/** The head's state, whether the store has it yet or not. */
export interface HeadView extends StateSnapshot {
  /** What the store may lack of it: StateLayers in order, packed for other threads. */
  layers: () => Uint8Array[];
  /** Resolves when the store has all of it, for other threads to read; rejects when that failed. */
  stored: Promise<void>;
  /** Throws what has kept the block from being stored by now. */
  check(): void;
}

const STORED = Promise.resolve();

/**
 * The state store, whose newest block is the head for this thread from the moment that it is handed over: the next ones
 * run while it is written, and those that have come meanwhile are written together. Others' handles see a block when it
 * has arrived.
 *
 * Invariant: when a block could not be written, the one before it is the head again, and all after it have failed too.
 */
export class WriteBehindStore implements TrieNodeReader {
  private readonly store: StateStore;
  /** Oldest first. */
  private arriving: Arriving[] = [];
  private view: StateReader;
  private pumping = false;
  private readonly latest: StateReader = {
    account: (address) => this.view.account(address),
    storage: (address, slot) => this.view.storage(address, slot),
    code: (codeHash) => this.view.code(codeHash),
  };

  constructor(store: StateStore) {
    this.store = store;
    this.view = store.reader();
  }

  head(): StateHead | undefined {
    return this.arriving.at(-1)?.layer.head ?? this.store.head();
  }

  /** Reads the head's state, whatever it is at the time of each read. */
  reader(): StateReader {
    return this.latest;
  }

  /** Of the tries of all that is stored or arriving. */
  node(hash: Uint8Array): Uint8Array | undefined {
    if (this.arriving.length === 0) return this.store.node(hash);
    const key = hashKey(hash);
    for (const { executed } of this.arriving) {
      const rlp = executed.trieNodes.get(key);
      if (rlp !== undefined) return rlp;
    }
    return this.store.node(hash);
  }

  /** Close it soon: see {@link StateStore.snapshot}. */
  snapshot(): HeadView {
    const snapshot = this.store.snapshot();
    const newest = this.arriving.at(-1);
    if (newest === undefined) {
      return { ...snapshot, layers: () => [], stored: STORED, check: () => undefined };
    }
    const layers = this.arriving.map(({ layer }) => layer);
    return {
      ...{ head: newest.layer.head, ...stateOver(layers, snapshot), close: snapshot.close },
      ...{ layers: () => layers.map((layer) => layer.encode()), stored: newest.stored },
      check() {
        const [failed] = newest.failures;
        if (failed !== undefined) throw failed.reason;
      },
    };
  }

  /**
   * Makes the block's state the head at once; resolves when the store has it. Nothing of it is written before `after`
   * resolves, and nothing at all when that rejects. How many are on their way, and in memory, is for the caller to bound.
   */
  commit(executed: StateStoreCommit, after: Promise<unknown>): Promise<void> {
    checkFollows(this.head(), executed.block);
    const one: Arriving = { executed, layer: StateLayer.of(executed), after, isReady: false, ...deferred() };
    one.stored.catch((reason: unknown) => one.failures.push({ reason }));
    after.then(
      () => {
        one.isReady = true;
      },
      // The pump meets it.
      () => undefined,
    );
    this.arriving.push(one);
    this.changed();
    if (!this.pumping) void this.pump();
    return one.stored;
  }

  /** Resolves when nothing is being written, however that ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.arriving.map(({ stored }) => stored));
  }

  /** Never rejects. */
  private async pump(): Promise<void> {
    this.pumping = true;
    for (let first = this.arriving[0]; first !== undefined; first = this.arriving[0]) {
      try {
        await first.after;
        const group = this.readyAfter(first);
        await this.store.commit(first.executed, ...group.map(({ executed }) => executed));
        this.arriving = this.arriving.slice(1 + group.length);
        this.changed();
        for (const one of [first, ...group]) one.resolve();
      } catch (reason) {
        const lost = this.arriving;
        this.arriving = [];
        this.changed();
        for (const one of lost) one.reject(reason);
      }
    }
    this.pumping = false;
  }

  /** Those behind the first that may be written with it. */
  private readyAfter(first: Arriving): Arriving[] {
    const group: Arriving[] = [];
    for (const one of this.arriving) {
      if (one === first) continue;
      if (!one.isReady) break;
      group.push(one);
    }
    return group;
  }

  private changed(): void {
    const layers = this.arriving.map(({ layer }) => layer);
    this.view = stateOver(layers, this.store.reader());
  }
}

function deferred(): Pick<Arriving, "stored" | "resolve" | "reject" | "failures"> {
  let resolve: () => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const stored = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { stored, resolve, reject, failures: [] };
}
