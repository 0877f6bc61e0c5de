/**
 * Turns appended blocks into sealed batches.
 *
 * Invariant: batches follow each other without a gap, each sealed once, in block order; what is unbatched in memory is
 * always the chain's blocks after the last batch. A batch is sealed when its first block is `batchIntervalMs` old or
 * when its encoding comes near `maxBatchBytes`. Nothing is lost by a crash: `start` reads the unbatched blocks again.
 */
import {
  BATCH_LIMITS,
  type Block,
  type BraidError,
  DecodeError,
  encodeBatchAsync,
  InvariantError,
  isL1Attributes,
} from "../../protocol/index.ts";
import type { ChainStore, L1Position, SealedBatch } from "../chain-store/index.ts";
import type { BatchLog } from "./batchLog.ts";
import { type BatchEnd, batchBlockOf, type PlacedBlock, sealedBatch } from "./sealedBatch.ts";

/** What surely fits as calldata: L1 nodes refuse transactions over 131,072 bytes in all. */
const MAX_CALLDATA_BATCH_BYTES = 120_000;

export interface BatchSealerOptions {
  chain: ChainStore;
  /** Storage root of L2ToL1MessagePasser in the state of this root. */
  messagePasserRoot: (stateRoot: Uint8Array) => Uint8Array;
  log: BatchLog;
  /** A block waits at most this long for its batch to be sealed. */
  batchIntervalMs: number;
  /** Encoded bytes of a batch. Default: what fits into an L1 transaction. */
  maxBatchBytes?: number;
  /** Called after the batch is durable. */
  onSealed?: (batch: SealedBatch) => void;
  /** The sealer has stopped because going on could only do harm. */
  onFatal: (error: BraidError) => void;
  /** Milliseconds since 1970. Default: Date.now. */
  now?: () => number;
}

export interface BatchSealer {
  /** Reads what the last run left unbatched. */
  start(): Promise<void>;
  /** After a block is durable, in block order. Returns at once. */
  blockAppended(block: Block): void;
  /** The chain went back to this block: what comes after it is forgotten, waiting or in batches that L1 has not. */
  rolledBack(toBlock: number): Promise<void>;
  /** Seals nothing while the chain goes back. When it has, `rolledBack` must say where it ends. */
  whileGoingBack<T>(goBack: () => Promise<T>): Promise<T>;
  /**
   * Makes one batch of what L1 has not, from batch `from` up to and with this block, instead of the several that there
   * were. It may be larger than others.
   */
  sealThrough(from: number, block: number): Promise<void>;
  /** Seals all that waits, whatever its age, and resolves when that is durable. */
  sealNow(): Promise<void>;
  /** Finishes the batch being sealed. Unbatched blocks stay for the next start. */
  stop(): Promise<void>;
}

interface Waiting {
  block: Block;
  /** Known once it has been looked up. */
  placed: PlacedBlock | undefined;
  bytes: number;
  /** Transactions that are not the L1 attributes: worth an L1 transaction. */
  transactions: number;
  since: number;
}

/** Per block, for its header fields in the layout. */
const BLOCK_OVERHEAD_BYTES = 24;
/** What a batch may hold before compression, however small it becomes: far within what decoders take. */
const MAX_BATCH_RAW_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 1_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function createBatchSealer(options: BatchSealerOptions): BatchSealer {
  const { chain, log, batchIntervalMs, onFatal } = options;
  const maxBatchBytes = options.maxBatchBytes ?? MAX_CALLDATA_BATCH_BYTES;
  const now = options.now ?? Date.now;
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let waitingTransactions = 0;
  /** Encoded bytes per byte waiting, as last measured; starts at "nothing compresses". */
  let ratio = 1;
  let previous: BatchEnd = { number: 0, lastBlock: 0 };
  let running = false;
  let timer: NodeJS.Timeout | undefined;
  let work: Promise<void> = Promise.resolve();
  let queued = false;
  let reloading = false;
  const late: Block[] = [];

  function take(block: Block, since: number): void {
    const last = waiting.at(-1)?.block.header.number ?? previous.lastBlock;
    if (block.header.number <= last) return;
    if (block.header.number !== last + 1) {
      throw new InvariantError(`block ${block.header.number} was given to the sealer after block ${last}`);
    }
    let bytes = BLOCK_OVERHEAD_BYTES;
    let transactions = 0;
    for (const transaction of block.transactions) {
      if (transaction.deposit === undefined) bytes += transaction.raw.length + 2;
      if (!isL1Attributes(transaction)) transactions += 1;
    }
    waiting.push({ block, placed: undefined, bytes, transactions, since });
    waitingBytes += bytes;
    waitingTransactions += transactions;
  }

  async function takeStored(number: number): Promise<void> {
    const block = await chain.blockByNumber(number);
    if (block === undefined) throw new InvariantError(`block ${number} is missing below the head`);
    take(block, block.header.timestamp * 1000);
  }

  const isFull = (): boolean =>
    waitingBytes * ratio >= maxBatchBytes * 0.97 ||
    waitingBytes >= MAX_BATCH_RAW_BYTES ||
    waitingTransactions >= BATCH_LIMITS.transactions ||
    waiting.length >= BATCH_LIMITS.blocks;
  /** Blocks without transactions wait for one with: nobody pays L1 for an empty batch. */
  const dueAt = (): number | undefined => {
    const first = waiting.find(({ transactions }) => transactions > 0);
    return first === undefined ? undefined : first.since + batchIntervalMs;
  };
  const isDue = (): boolean => now() >= (dueAt() ?? Number.POSITIVE_INFINITY);

  function schedule(delayMs?: number): void {
    clearTimeout(timer);
    const due = isFull() ? now() : dueAt();
    if (!running || due === undefined) return;
    const wait = delayMs ?? due - now();
    timer = setTimeout(() => void run(false), Math.min(Math.max(wait, 0), LONGEST_TIMER_MS));
  }

  function run(force: boolean): Promise<void> {
    if (queued && !force) return work;
    queued = true;
    work = work.then(async () => {
      queued = false;
      if (!running) return;
      try {
        while (waiting.length > 0 && (force || isFull() || isDue())) await sealOne(force || isDue());
        schedule();
      } catch (error) {
        failed(error);
        if (force) throw error;
      }
    });
    const result = work;
    work = work.catch(() => undefined);
    return result;
  }

  function failed(error: unknown): void {
    // The database is away, or the process is: the blocks are still waiting. What the program broke itself is final,
    // a batch of its own that does not decode too.
    if (error instanceof InvariantError || error instanceof DecodeError) {
      running = false;
      log.error({ err: error }, "batch sealing stopped");
      onFatal(error);
      return;
    }
    log.warn({ err: error }, "a batch could not be sealed; trying again");
    schedule(RETRY_MS);
  }

  /** Seals one batch from the front. With `partial` false only a full one. */
  async function sealOne(partial: boolean): Promise<void> {
    await place();
    const fitted = await fitBatch(partial);
    if (fitted === undefined) return;
    await append(fitted.count, fitted.data);
  }

  async function append(count: number, data: Uint8Array): Promise<void> {
    const blocks = waiting.slice(0, count);
    const record = await sealedBatch(options, previous, blocks.map(placedOf), data);
    await chain.appendBatch(record);
    forget(count);
    previous = { number: record.number, lastBlock: record.lastBlock };
    log.info(
      {
        batch: record.number,
        firstBlock: record.firstBlock,
        lastBlock: record.lastBlock,
        bytes: data.length,
      },
      "batch sealed",
    );
    options.onSealed?.(record);
  }

  function encode(blocks: readonly Waiting[]): Promise<Uint8Array> {
    return encodeBatchAsync(blocks.map((waits) => batchBlockOf(placedOf(waits))));
  }

  /** After what is being sealed; blocks that come meanwhile wait. */
  function anew(step: () => Promise<void>): Promise<void> {
    const result = work.then(async () => {
      reloading = true;
      try {
        await step();
      } finally {
        reloading = false;
        for (const block of late.splice(0)) take(block, now());
      }
    });
    work = result.catch(failed);
    return result;
  }

  /** Starts again from what the database has, up to this block. */
  async function reload(toBlock: number): Promise<void> {
    previous = (await chain.lastBatch()) ?? { number: 0, lastBlock: 0 };
    forget(waiting.length);
    for (let number = previous.lastBlock + 1; number <= toBlock; number++) await takeStored(number);
  }

  function forget(count: number): void {
    for (const { bytes, transactions } of waiting.slice(0, count)) {
      waitingBytes -= bytes;
      waitingTransactions -= transactions;
    }
    waiting = waiting.slice(count);
  }

  /** Looks up where the waiting blocks stand on L1. */
  async function place(): Promise<void> {
    let consumed: number | undefined;
    for (const waits of waiting) {
      const { number } = waits.block.header;
      if (waits.placed === undefined) {
        consumed ??= (await positionOf(number - 1)).messagesConsumed;
        const position = await positionOf(number);
        const messages = position.messagesConsumed - consumed;
        waits.placed = { block: waits.block, position, messages };
      }
      consumed = waits.placed.position.messagesConsumed;
    }
  }

  async function positionOf(number: number): Promise<L1Position> {
    const position = await chain.l1Position(number);
    if (position === undefined) throw new InvariantError(`block ${number} is missing below the head`);
    return position;
  }

  /** The longest front of the waiting blocks whose encoding fits; undefined when a full batch is wanted and there is none. */
  async function fitBatch(partial: boolean): Promise<{ count: number; data: Uint8Array } | undefined> {
    let fits = 0;
    const most = countFor(Number.POSITIVE_INFINITY);
    let over = most + 1;
    let best: { count: number; data: Uint8Array } | undefined;
    let count = countFor(maxBatchBytes * 0.99);
    for (;;) {
      const blocks = waiting.slice(0, count);
      const data = await encode(blocks);
      let bytes = 0;
      for (const block of blocks) bytes += block.bytes;
      ratio = data.length / bytes;
      if (data.length <= maxBatchBytes) {
        fits = count;
        best = { count, data };
        if (count === most) return partial || isFull() ? best : undefined;
        if (data.length >= maxBatchBytes * 0.95) return best;
      } else {
        over = count;
        if (count === 1) {
          log.error(
            { block: blocks[0]?.block.header.number, bytes: data.length },
            "one block is larger than a batch may be",
          );
          return { count, data };
        }
      }
      if (over - fits <= 1 && best !== undefined) return best;
      count = Math.min(Math.max(countFor(maxBatchBytes * 0.98), fits + 1), over - 1);
    }
  }

  /** How many blocks would encode to this size at the ratio last measured, as many as a batch may hold; at least one. */
  function countFor(encodedBytes: number): number {
    let bytes = 0;
    let transactions = 0;
    let count = 0;
    for (const waits of waiting) {
      bytes += waits.bytes;
      transactions += waits.transactions;
      const isOver =
        bytes * ratio > encodedBytes ||
        bytes > MAX_BATCH_RAW_BYTES ||
        transactions > BATCH_LIMITS.transactions ||
        count === BATCH_LIMITS.blocks;
      if (isOver && count > 0) break;
      count++;
    }
    return count;
  }

  return {
    async start() {
      previous = (await chain.lastBatch()) ?? { number: 0, lastBlock: 0 };
      const head = await chain.head();
      for (let number = previous.lastBlock + 1; number <= (head?.number ?? 0); number++) {
        await takeStored(number);
      }
      running = true;
      schedule();
    },
    blockAppended(block) {
      if (!running) return;
      if (reloading) {
        late.push(block);
        return;
      }
      const scheduled = dueAt() !== undefined;
      try {
        take(block, now());
      } catch (error) {
        failed(error);
        return;
      }
      if (!scheduled || isFull()) schedule();
    },
    rolledBack: (toBlock) =>
      anew(async () => {
        await reload(toBlock);
        schedule();
      }),
    async whileGoingBack(goBack) {
      let outcome: { value: Awaited<ReturnType<typeof goBack>> } | undefined;
      let refusal: unknown;
      await anew(async () => {
        try {
          outcome = { value: await goBack() };
          forget(waiting.length);
        } catch (error) {
          refusal = error;
        }
      });
      schedule();
      if (outcome === undefined) throw refusal;
      return outcome.value;
    },
    sealThrough: (from, block) =>
      anew(async () => {
        if ((await chain.dropSealedBatches(from)) === 0) return;
        await reload((await chain.head())?.number ?? 0);
        await place();
        const blocks = waiting.filter((waits) => waits.block.header.number <= block);
        if (blocks.length > 0) await append(blocks.length, await encode(blocks));
        schedule();
      }),
    sealNow: () => run(true),
    async stop() {
      running = false;
      clearTimeout(timer);
      await work;
    },
  };
}

function placedOf({ block, placed }: Waiting): PlacedBlock {
  if (placed === undefined) throw new InvariantError(`block ${block.header.number} has no place on L1`);
  return placed;
}
