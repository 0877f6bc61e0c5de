/**
 * Turns appended blocks into sealed batches.
 *
 * Invariant: batches follow each other without a gap, each sealed once, in block order; what is unbatched in memory is
 * always the chain's blocks after the last batch. A batch is sealed when its first block is `batchIntervalMs` old or
 * when its encoding comes near `maxBatchBytes`. Nothing is lost by a crash: `start` reads the unbatched blocks again.
 */
import { isDeepStrictEqual } from "node:util";
import {
  BATCH_LIMITS,
  type BatchBlock,
  type Block,
  type BraidError,
  batchHash,
  blockToBatchBlock,
  DecodeError,
  decodeBatch,
  encodeBatchAsync,
  genesisBatchHash,
  InvariantError,
  keccak256,
} from "../../protocol/index.ts";
import type { BatchRecord, ChainStore } from "../chain-store/types.ts";
import type { BatchLog } from "./batchLog.ts";

/** What surely fits as calldata: L1 nodes refuse transactions over 131,072 bytes in all. */
const MAX_CALLDATA_BATCH_BYTES = 120_000;

export interface BatchSealerOptions {
  chain: ChainStore;
  log: BatchLog;
  /** A block waits at most this long for its batch to be sealed. */
  batchIntervalMs: number;
  /** Encoded bytes of a batch. Default: what fits into an L1 transaction. */
  maxBatchBytes?: number;
  /** Called after the batch is durable. */
  onSealed?: (batch: BatchRecord) => void;
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
  /** Seals all that waits, whatever its age, and resolves when that is durable. */
  sealNow(): Promise<void>;
  /** Finishes the batch being sealed. Unbatched blocks stay for the next start. */
  stop(): Promise<void>;
}

interface Waiting {
  block: BatchBlock;
  hash: Uint8Array;
  stateRoot: Uint8Array;
  bytes: number;
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
  let previous: { number: number; hash: Uint8Array; lastBlock: number } | undefined;
  let running = false;
  let timer: NodeJS.Timeout | undefined;
  let work: Promise<void> = Promise.resolve();
  let queued = false;

  function take(block: Block, since: number): void {
    const last = waiting.at(-1)?.block.number ?? previous?.lastBlock;
    if (last !== undefined && block.header.number <= last) return;
    if (last !== undefined && block.header.number !== last + 1) {
      throw new InvariantError(`block ${block.header.number} was given to the sealer after block ${last}`);
    }
    const batchBlock = blockToBatchBlock(block);
    let bytes = BLOCK_OVERHEAD_BYTES;
    for (const raw of batchBlock.transactions) bytes += raw.length + 2;
    waiting.push({ block: batchBlock, hash: block.hash, stateRoot: block.header.stateRoot, bytes, since });
    waitingBytes += bytes;
    waitingTransactions += batchBlock.transactions.length;
  }

  const isFull = (): boolean =>
    waitingBytes * ratio >= maxBatchBytes * 0.97 ||
    waitingBytes >= MAX_BATCH_RAW_BYTES ||
    waitingTransactions >= BATCH_LIMITS.transactions ||
    waiting.length >= BATCH_LIMITS.blocks;
  /** Blocks without transactions wait for one with: nobody pays L1 for an empty batch. */
  const dueAt = (): number | undefined => {
    const first = waiting.find(({ block }) => block.transactions.length > 0);
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
    const fitted = await fitBatch(partial);
    if (fitted === undefined) return;
    const { count, data } = fitted;
    const blocks = waiting.slice(0, count);
    const record = await toRecord(blocks, data);
    await chain.appendBatch(record);
    waiting = waiting.slice(count);
    for (const { bytes, block } of blocks) {
      waitingBytes -= bytes;
      waitingTransactions -= block.transactions.length;
    }
    previous = { number: record.number, hash: record.hash, lastBlock: record.lastBlock };
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

  /** The longest front of the waiting blocks whose encoding fits; undefined when a full batch is wanted and there is none. */
  async function fitBatch(partial: boolean): Promise<{ count: number; data: Uint8Array } | undefined> {
    let fits = 0;
    const most = countFor(Number.POSITIVE_INFINITY);
    let over = most + 1;
    let best: { count: number; data: Uint8Array } | undefined;
    let count = countFor(maxBatchBytes * 0.99);
    for (;;) {
      const blocks = waiting.slice(0, count);
      const data = await encodeBatchAsync(blocks.map(({ block }) => block));
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
            { block: blocks[0]?.block.number, bytes: data.length },
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
      transactions += waits.block.transactions.length;
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

  async function toRecord(blocks: Waiting[], data: Uint8Array): Promise<BatchRecord> {
    const [first, last] = [blocks[0], blocks.at(-1)];
    if (first === undefined || last === undefined) throw new InvariantError("a batch has at least one block");
    if (
      !decodesTo(
        data,
        blocks.map(({ block }) => block),
      )
    ) {
      throw new InvariantError(`the batch from block ${first.block.number} does not decode to its blocks`);
    }
    const parent = previous ?? (await genesisParent());
    const header = {
      number: parent.number + 1,
      previousHash: parent.hash,
      firstBlock: first.block.number,
      lastBlock: last.block.number,
      postStateRoot: last.stateRoot,
      lastBlockHash: last.hash,
    };
    if (header.firstBlock !== parent.lastBlock + 1) {
      throw new InvariantError(
        `batch ${header.number} would start at block ${header.firstBlock}, not ${parent.lastBlock + 1}`,
      );
    }
    return {
      number: header.number,
      firstBlock: header.firstBlock,
      lastBlock: header.lastBlock,
      data,
      hash: batchHash(header, keccak256(data)),
      previousHash: header.previousHash,
      postStateRoot: header.postStateRoot,
      status: "sealed",
      l1TransactionHash: undefined,
      l1BlockNumber: undefined,
    };
  }

  async function genesisParent(): Promise<{ number: number; hash: Uint8Array; lastBlock: number }> {
    const genesis = await chain.headerByNumber(0);
    if (genesis === undefined) throw new InvariantError("blocks are appended before genesis");
    const hash = genesisBatchHash({ stateRoot: genesis.header.stateRoot, blockHash: genesis.hash });
    return { number: 0, hash, lastBlock: 0 };
  }

  return {
    async start() {
      const last = await chain.lastBatch();
      previous = last ?? (await genesisParent());
      const head = await chain.head();
      for (let number = previous.lastBlock + 1; number <= (head?.number ?? 0); number++) {
        const block = await chain.blockByNumber(number);
        if (block === undefined) throw new InvariantError(`block ${number} is missing below the head`);
        take(block, block.header.timestamp * 1000);
      }
      running = true;
      schedule();
    },
    blockAppended(block) {
      if (!running) return;
      const scheduled = dueAt() !== undefined;
      try {
        take(block, now());
      } catch (error) {
        failed(error);
        return;
      }
      if (!scheduled || isFull()) schedule();
    },
    sealNow: () => run(true),
    async stop() {
      running = false;
      clearTimeout(timer);
      await work;
    },
  };
}

function decodesTo(data: Uint8Array, blocks: BatchBlock[]): boolean {
  return isDeepStrictEqual(decodeBatch(data).map(comparable), blocks.map(comparable));
}

/** Node's comparison tells Buffers from plain arrays of the same bytes. */
function comparable(block: BatchBlock): BatchBlock {
  return {
    ...block,
    coinbase: plainBytes(block.coinbase),
    prevRandao: block.prevRandao === undefined ? undefined : plainBytes(block.prevRandao),
    extraData: plainBytes(block.extraData),
    parentBeaconBlockRoot: plainBytes(block.parentBeaconBlockRoot),
    transactions: block.transactions.map(plainBytes),
  };
}

function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
