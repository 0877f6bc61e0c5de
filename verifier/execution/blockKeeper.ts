import type { ExecutedBlock, Executor } from "../../executor/index.ts";
import { InvariantError } from "../../protocol/index.ts";
import type { BlockRecord } from "../store/records.ts";
import type { VerifierStore } from "../store/verifierStore.ts";
import type { BlockPlace, BlockSink } from "../types.ts";

/** Blocks that were run and are not all written yet, at most: what they take in memory stays bounded. */
const MOST_UNWRITTEN = 4;

export interface BlockToKeep {
  executed: ExecutedBlock;
  place: BlockPlace;
  record: BlockRecord;
}

/**
 * Writes blocks in order while later ones run: of each its record is durable first, then the sink has it, then the state
 * store. Whatever fails, all after it fails with it.
 */
export interface BlockKeeper {
  /** The last block that was handed over, or that the stores end with. */
  head(): BlockRecord;
  /** Resolves when one more block may be handed over. */
  room(): Promise<void>;
  /** Its state is the executor's head at once. */
  keep(block: BlockToKeep): void;
  /** What follows when all that was handed over so far is kept, and before anything that comes later is. */
  afterwards(work: () => Promise<void>): void;
  /** Resolves when nothing is left to do; rejects, then too, with what has failed first. */
  done(): Promise<void>;
}

export interface BlockKeeperDeps {
  executor: Executor;
  store: VerifierStore;
  sink: BlockSink | undefined;
  onBlock(executed: ExecutedBlock): void;
}

export function createBlockKeeper({ executor, store, sink, onBlock }: BlockKeeperDeps): BlockKeeper {
  let head = headRecord(executor, store);
  /** Records and sink. */
  let told: Promise<void> = Promise.resolve();
  let last: Promise<void> = Promise.resolve();
  const unwritten: Promise<void>[] = [];
  return {
    head: () => head,
    async room() {
      if (unwritten.length >= MOST_UNWRITTEN) await unwritten.shift();
    },
    keep({ executed, place, record }) {
      told = later(
        told.then(async () => {
          await store.putBlock(record, executed.stateDiff);
          await sink?.append(executed, place);
        }),
      );
      const stored = executor.commit(executed, told);
      unwritten.push(later(stored));
      last = later(Promise.all([last, stored]).then(() => onBlock(executed)));
      head = record;
    },
    afterwards(work) {
      told = later(Promise.all([told, last]).then(work));
      last = told;
    },
    async done() {
      await Promise.allSettled([told, last, ...unwritten]);
      await last;
    },
  };
}

function headRecord(executor: Executor, store: VerifierStore): BlockRecord {
  const head = executor.head();
  if (head === undefined) throw new InvariantError("the state store is empty");
  const record = store.block(head.number);
  if (record === undefined) throw new InvariantError(`nothing is kept of block ${head.number}`);
  return record;
}

/** Its failure is told to whoever waits for it, in its turn. */
function later(work: Promise<void>): Promise<void> {
  work.catch(() => undefined);
  return work;
}
