import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { bytesEqual, InvariantError } from "../protocol/index.ts";
import { deriveBatch } from "./derivation/deriveBatch.ts";
import { DifferenceError } from "./differenceError.ts";
import { type BlockKeeper, createBlockKeeper } from "./execution/blockKeeper.ts";
import { fitStores, rewindStores, type Stores } from "./execution/fitStores.ts";
import { runBatch } from "./execution/runBatch.ts";
import { createL1Follower, type L1View } from "./l1/followL1.ts";
import { L1RefusedError } from "./l1/l1Rpc.ts";
import { type OpenChain, openChain, stateDirOf } from "./openChain.ts";
import { type PrepareDeps, type PreparedBatch, prepareBatch } from "./prepareBatch.ts";
import { createProgress, type Progress } from "./progress.ts";
import type { Verifier, VerifierOptions, VerifyReport } from "./types.ts";
import { L1MovedError, L1UnavailableError, VerifierError } from "./verifierError.ts";

/** Batches that are read and made ready while one runs. */
const READ_AHEAD = 2;
/** Between looks at an L1 that had nothing new. */
const POLL_MS = 1_000;
const MOVED_PAUSE_MS = 200;
const MOVED_ATTEMPTS = 25;

/**
 * Rebuilds the L2 chain from L1 alone. A run
 *
 * 1. brings state store, records and sink to one block (`fitStores`);
 * 2. reads L1's events up to its newest block (`followL1`);
 * 3. takes back blocks of batches that L1 no longer has (`rewindStores`);
 * 4. runs the batches that are left (`runBatch`), the next ones being read (`prepareBatch`) and the last blocks being
 *    written (`blockKeeper`) meanwhile;
 * 5. with `follow`, goes on with 2.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return new L1Verifier(options);
}

class L1Verifier implements Verifier {
  private readonly options: VerifierOptions;
  private readonly ended = new AbortController();
  private readonly signal: AbortSignal;
  private opening: Promise<OpenChain> | undefined;
  private running: Promise<VerifyReport> | undefined;
  /** Tries that L1 did not let come to an end, since the last batch. */
  private setbacks = 0;
  /** What the sink was last told of L1's proofs. */
  private told: { proven: number; finalized: number } | undefined;

  constructor(options: VerifierOptions) {
    const { signal } = options;
    this.signal = signal === undefined ? this.ended.signal : AbortSignal.any([signal, this.ended.signal]);
    this.options = { ...options, signal: this.signal };
  }

  async chain() {
    return (await this.open()).verified;
  }

  run(): Promise<VerifyReport> {
    if (this.running !== undefined) throw new InvariantError("a verifier runs once");
    this.running = this.verify();
    return this.running;
  }

  /** A run that is going on resolves with what it has verified. */
  async stop(): Promise<void> {
    this.ended.abort();
    await Promise.allSettled([this.running]);
    const [opened] = await Promise.allSettled([this.opening]);
    this.opening = undefined;
    if (opened.status === "fulfilled") await opened.value?.close();
  }

  private open(): Promise<OpenChain> {
    this.opening ??= openChain(this.options);
    return this.opening;
  }

  private async verify(): Promise<VerifyReport> {
    const open = await this.open();
    const { executor, store, verified, rpc, reader, settlement } = open;
    const { sink, blobs, dataDir, follow, onProgress, toBlock } = this.options;
    const { config: chain, deployedAtBlock } = verified;
    const stores: Stores = { executor, store, sink, stateDir: stateDirOf(dataDir) };
    await fitStores(stores);
    const progress = createProgress(headOf(stores).number + 1, onProgress);
    const follower = createL1Follower({ rpc, reader, store, settlement, deployedAtBlock });
    const work: Work = {
      stores,
      prepare: { reader, blobs, rollup: settlement.rollup, store, chain, senderThread: open.senderThread },
      look: () => this.look(follower.look),
      progress,
    };
    try {
      for (;;) {
        const view = await work.look();
        await rewindToL1(stores);
        const upToDate = await this.runBatches(work);
        await this.settle(stores, view);
        if (toBlock !== undefined && headOf(stores).number >= toBlock) break;
        if (upToDate && follow !== true) break;
        if (upToDate) await delay(POLL_MS, undefined, { signal: this.signal });
      }
    } catch (error) {
      if (!this.signal.aborted) throw error;
    }
    return progress.report(this.reported(stores));
  }

  /** An L1 that changes while it is read is read again; one that does not answer is waited for when following. */
  private async look(look: () => Promise<L1View>): Promise<L1View> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await look();
      } catch (error) {
        const moved = error instanceof L1MovedError && attempt < MOVED_ATTEMPTS;
        const waits = error instanceof L1UnavailableError && this.options.follow === true;
        if (!moved && !waits) throw error;
      }
      await delay(MOVED_PAUSE_MS, undefined, { signal: this.signal });
    }
  }

  /** False when L1 changed on the way: there is more to do. Nothing is being written any more when it ends. */
  private async runBatches(work: Work): Promise<boolean> {
    await this.tellUntold(work);
    const { executor, store, sink } = work.stores;
    const keeper = createBlockKeeper({ executor, store, sink, onBlock: work.progress.blockDone });
    try {
      return await this.runInTurn(work, keeper);
    } finally {
      // What could not be kept is why those on top of it failed: its error replaces theirs.
      await keeper.done();
    }
  }

  private async runInTurn(work: Work, keeper: BlockKeeper): Promise<boolean> {
    const { stores, prepare, progress } = work;
    const { store, sink } = stores;
    const target = this.targetBatch(store.lastBatch(), stores);
    let number = nextBatch(stores);
    progress.aim({ batch: target, block: store.batch(target)?.header.lastBlock ?? 0 }, number - 1);
    const ahead: { promise: ReturnType<typeof prepareBatch> }[] = [];
    for (; number <= target; number++) {
      while (ahead.length <= READ_AHEAD && number + ahead.length <= target) {
        ahead.push(begun(prepareBatch(number + ahead.length, prepare)));
      }
      try {
        const prepared = await ahead.shift()?.promise;
        if (prepared === undefined) return false;
        await this.runPrepared(prepared, work, keeper);
        const verified = number;
        keeper.afterwards(async () => {
          await sink?.batchVerified(prepared.batch, prepared.data);
          await store.tellBatch(verified);
          progress.batchDone(verified);
        });
        this.setbacks = 0;
      } catch (error) {
        if (await this.goesOn(number, error, work)) return false;
        throw error;
      }
    }
    return true;
  }

  private async runPrepared(
    { batch, previous, blocks, headers, senders }: PreparedBatch,
    { stores, prepare }: Work,
    keeper: BlockKeeper,
  ): Promise<void> {
    const { executor, store } = stores;
    const { chain } = prepare;
    const head = keeper.head();
    const before = head.number === previous.lastBlock ? head : store.block(previous.lastBlock);
    if (before === undefined) throw new InvariantError(`nothing is kept of block ${previous.lastBlock}`);
    const from = { batch, previous: { ...previous, sequenceNumber: before.sequenceNumber } };
    const l1 = {
      message: (index: number) => store.message(index),
      header: (number: number) => headers.get(number),
    };
    await runBatch(batch, deriveBatch(from, blocks, l1, chain), {
      ...{ executor, keeper, chain, l1, senders, signal: this.signal },
      reproductionDir: join(this.options.dataDir, "reproductions"),
    });
  }

  /** A process that died between a batch's last block and the sink's notice of the batch gives it now. */
  private async tellUntold({ stores, prepare }: Work): Promise<void> {
    const { store, sink } = stores;
    const last = nextBatch(stores) - 1;
    if (sink === undefined || last === 0 || store.batchTold() >= last) return;
    const prepared = await prepareBatch(last, prepare);
    if (prepared === undefined) return;
    await sink.batchVerified(prepared.batch, prepared.data);
    await store.tellBatch(last);
  }

  /** Whether the run goes on from another look at L1: L1 has changed, or it is waited for. */
  private async goesOn(number: number, error: unknown, work: Work): Promise<boolean> {
    if (this.signal.aborted) return false;
    this.setbacks += 1;
    const waits = error instanceof VerifierError && error.retryable && this.options.follow === true;
    const moved = error instanceof L1MovedError && this.setbacks < MOVED_ATTEMPTS;
    if (waits || moved) {
      await delay(waits ? POLL_MS : MOVED_PAUSE_MS, undefined, { signal: this.signal });
      return true;
    }
    if (!(error instanceof DifferenceError || error instanceof L1RefusedError)) return false;
    return await hasOtherBatch(number, work);
  }

  /** The last batch to run: that of `toBlock`, or L1's last. */
  private targetBatch(last: number, { store }: Stores): number {
    const { toBlock } = this.options;
    if (toBlock === undefined) return last;
    let [low, high] = [0, last];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((store.batch(middle)?.header.lastBlock ?? 0) < toBlock) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private async settle(stores: Stores, { state }: L1View): Promise<void> {
    const head = headOf(stores).number;
    const lastBlock = (batch: number) => Math.min(head, stores.store.batch(batch)?.header.lastBlock ?? 0);
    const heads = { proven: lastBlock(state.proven), finalized: lastBlock(state.finalized) };
    const { told } = this;
    if (told?.proven === heads.proven && told.finalized === heads.finalized) return;
    await stores.sink?.settled(heads);
    this.told = heads;
  }

  /** The batch of `toBlock` is run to its end, where L1 vouches for it; what is reported ends at `toBlock`. */
  private reported(stores: Stores): { lastBlock: number; stateRoot: Uint8Array } {
    const head = headOf(stores);
    const { toBlock } = this.options;
    const record = toBlock === undefined || toBlock >= head.number ? undefined : stores.store.block(toBlock);
    return { lastBlock: record?.number ?? head.number, stateRoot: record?.stateRoot ?? head.stateRoot };
  }
}

interface Work {
  stores: Stores;
  prepare: PrepareDeps;
  look(): Promise<L1View>;
  progress: Progress;
}

/** Whether L1 has put another batch, or the same in another block, in the place of the one that failed. */
async function hasOtherBatch(number: number, { stores, look }: Work): Promise<boolean> {
  const before = stores.store.batch(number);
  // An L1 that does not answer now has not changed its mind: the failure that is asked about stands.
  const view = await look().catch(() => undefined);
  if (view === undefined) return false;
  const now = stores.store.batch(number);
  if (before === undefined || now === undefined) return before !== now;
  return !bytesEqual(before.hash, now.hash) || !bytesEqual(before.l1Block.hash, now.l1Block.hash);
}

function headOf({ executor }: Stores) {
  const head = executor.head();
  if (head === undefined) throw new InvariantError("the state store is empty");
  return head;
}

/** The batch that the head's successor is of. */
function nextBatch(stores: Stores): number {
  const head = headOf(stores);
  const record = stores.store.block(head.number);
  if (record === undefined) throw new InvariantError(`nothing is kept of block ${head.number}`);
  const lastBlock = stores.store.batch(record.batch.number)?.header.lastBlock ?? 0;
  return head.number < lastBlock ? record.batch.number : record.batch.number + 1;
}

/** A batch's hash binds all before it: the newest block whose batch L1 still has is where the chains part. */
async function rewindToL1(stores: Stores): Promise<void> {
  const head = headOf(stores).number;
  let number = head;
  while (number > 0) {
    const record = stores.store.block(number);
    if (record === undefined) throw new InvariantError(`nothing is kept of block ${number}`);
    const batch = stores.store.batch(record.batch.number);
    if (batch !== undefined && bytesEqual(batch.hash, record.batch.hash)) break;
    number = record.batch.firstBlock - 1;
  }
  if (number === head) return;
  const record = stores.store.block(number);
  await rewindStores(stores, number);
  await stores.store.tellBatch(Math.min(stores.store.batchTold(), record?.batch.number ?? 0));
}

/** Its failure is told when it is awaited, and not before. */
function begun<T>(promise: Promise<T>): { promise: Promise<T> } {
  promise.catch(() => undefined);
  return { promise };
}
