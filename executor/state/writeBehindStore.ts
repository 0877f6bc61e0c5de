import { type Block, bytesEqual, InvariantError } from "../../protocol/index.ts";
import { hashKey } from "../trie/commitStateDiff.ts";
import type { StateHead } from "../types.ts";
import { StateLayer } from "./stateLayer.ts";
import type { StateStore, StateStoreCommit } from "./stateStore.ts";
import type { StateReader, StateSnapshot, TrieNodeReader } from "./types.ts";

interface Writing {
  layer: StateLayer;
  trieNodes: ReadonlyMap<string, Uint8Array>;
  view: StateReader;
  done: Promise<void>;
  /** At most one. */
  failure: { reason: unknown }[];
}

/** The head's state, whether the store has it yet or not. */
export interface HeadView extends StateSnapshot {
  /** What the store may lack of it, packed for other threads; undefined when nothing. */
  layer: (() => Uint8Array) | undefined;
  /** Resolves when the store has all of it, for other threads to read; rejects when that failed. */
  stored: Promise<void>;
  /** Throws what has kept the block from being stored by now. */
  check(): void;
}

const STORED = Promise.resolve();

/**
 * The state store, whose newest block is the head for this thread from the moment that it is handed over: the next block
 * runs while this one is written. Never more than one is on its way; others' handles see it when it has arrived.
 *
 * Invariant: when a block could not be written, the one before it is the head again.
 */
export class WriteBehindStore implements TrieNodeReader {
  private readonly store: StateStore;
  private writing: Writing | undefined;
  private readonly latest: StateReader = {
    account: (address) => this.view().account(address),
    storage: (address, slot) => this.view().storage(address, slot),
    code: (codeHash) => this.view().code(codeHash),
  };

  constructor(store: StateStore) {
    this.store = store;
  }

  head(): StateHead | undefined {
    return this.writing?.layer.head ?? this.store.head();
  }

  /** Reads the head's state, whatever it is at the time of each read. */
  reader(): StateReader {
    return this.latest;
  }

  /** Of the tries of all that is stored or being written. */
  node(hash: Uint8Array): Uint8Array | undefined {
    return this.writing?.trieNodes.get(hashKey(hash)) ?? this.store.node(hash);
  }

  /** Close it soon: see {@link StateStore.snapshot}. */
  snapshot(): HeadView {
    const snapshot = this.store.snapshot();
    if (this.writing === undefined)
      return { ...snapshot, layer: undefined, stored: STORED, check: () => undefined };
    const { layer, done, failure } = this.writing;
    return {
      ...{ head: layer.head, ...layer.over(snapshot), close: snapshot.close },
      ...{ layer: () => layer.encode(), stored: done },
      check() {
        const [failed] = failure;
        if (failed !== undefined) throw failed.reason;
      },
    };
  }

  /**
   * Makes the block's state the head at once; resolves when the store has it. Nothing of it is written before `after`
   * resolves, and nothing at all when that rejects.
   */
  commit(executed: StateStoreCommit, after: Promise<unknown>): Promise<void> {
    if (this.writing !== undefined) throw new InvariantError("a block is handed over while one is written");
    checkFollows(this.head(), executed.block);
    const layer = StateLayer.of(executed);
    const done = this.write(executed, after);
    const failure: Writing["failure"] = [];
    // Whoever waits for it is told; nobody need be waiting yet.
    done.catch((reason: unknown) => failure.push({ reason }));
    const view = layer.over(this.store.reader());
    this.writing = { layer, trieNodes: executed.trieNodes, view, done, failure };
    return done;
  }

  /** Resolves when nothing is being written, however that ended. */
  async idle(): Promise<void> {
    await Promise.allSettled([this.writing?.done]);
  }

  private async write(executed: StateStoreCommit, after: Promise<unknown>): Promise<void> {
    try {
      await after;
      await this.store.commit(executed);
    } finally {
      this.writing = undefined;
    }
  }

  private view(): StateReader {
    return this.writing?.view ?? this.store.reader();
  }
}

function checkFollows(head: StateHead | undefined, { header }: Pick<Block, "header">): void {
  if (head === undefined) return;
  if (header.number === head.number + 1 && bytesEqual(header.parentHash, head.hash)) return;
  throw new InvariantError(`block ${header.number} does not follow the state store's head ${head.number}`);
}
