/**
 * Brings one batch at a time, of several in flight, onto L1.
 *
 * Invariant: batch n is sent with nonce `nonce + (n - last - 1)`, both read at one L1 block. So batches are mined in
 * order, a restarted poster replaces its own pending transactions instead of doubling them, and whatever goes wrong,
 * the contract takes each number once. A batch is sent only when its predecessor is on L1 or in flight here.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { BatchHeader } from "../../protocol/index.ts";
import {
  batchHash,
  bytesEqual,
  bytesToHex,
  type Hex,
  hexToBytes,
  InvariantError,
  keccak256,
} from "../../protocol/index.ts";
import type { BatchRecord, ChainStore } from "../chain-store/types.ts";
import { BatchChainError, L1Error } from "./batchErrors.ts";
import type { BatchLog } from "./batchLog.ts";
import type { Fees, L1Rollup } from "./l1Rollup.ts";
import type { PosterMetrics } from "./posterMetrics.ts";

export interface BatchSenderOptions {
  chain: ChainStore;
  l1: L1Rollup;
  log: BatchLog;
  metrics: PosterMetrics;
  /** Not mined after this: sent again at a higher fee. */
  bumpAfterMs: number;
  pollingIntervalMs: number;
  /** Never offer more per gas. */
  maxFeePerGas: bigint;
}

/** `committed`: on L1 and in the database. `early`: its predecessor must go first. */
export type SendOutcome = "committed" | "early";

interface Flight {
  hashes: Hex[];
  nonce: number;
  fees: Fees;
  sentAt: number;
}

export function createBatchSender(options: BatchSenderOptions) {
  const { chain, l1, log, metrics } = options;
  const inFlight = new Map<number, Flight>();

  /** Resolves when the batch is durably committed; throws a retryable error when it has to be tried again. */
  async function send(number: number, signal: AbortSignal): Promise<SendOutcome> {
    const batch = await chain.batchByNumber(number);
    if (batch === undefined) throw new InvariantError(`batch ${number} has a job and no record`);
    if (batch.status !== "sealed") return "committed";
    const header = await toHeader(chain, batch);
    let flight: Flight | undefined;
    try {
      for (;;) {
        signal.throwIfAborted();
        const position = await l1.position();
        if (position.batch >= number) return await confirm(batch);
        const ahead = number - position.batch - 1;
        if (ahead > 0 && !inFlight.has(number - 1)) return "early";
        if (ahead === 0 && flight === undefined) await l1.simulate(header, batch.data);
        flight = await broadcast(batch, header, position.nonce + ahead, flight);
        inFlight.set(number, flight);
        const mined = await untilMined(flight, signal);
        if (mined === undefined) continue;
        if (mined.succeeded) {
          await commit(batch, mined.hash, mined.blockNumber);
          return "committed";
        }
        throw new L1Error(
          `batch ${number}`,
          new BatchChainError(`L1 reverted ${mined.hash}`, "It is sent again."),
        );
      }
    } finally {
      inFlight.delete(number);
    }
  }

  async function broadcast(
    batch: BatchRecord,
    header: BatchHeader,
    nonce: number,
    before: Flight | undefined,
  ): Promise<Flight> {
    let fees = cap(before === undefined ? await l1.fees() : raise(before.fees, await l1.fees()));
    // A pending transaction of an earlier run may hold the nonce: outbid it step by step.
    for (let attempt = 0; ; attempt++) {
      try {
        const hash = await l1.send(header, batch.data, nonce, fees);
        metrics.sent.inc({ outcome: before === undefined ? "sent" : "bumped" });
        log.info(
          { batch: batch.number, transaction: hash, nonce, bytes: batch.data.length },
          "batch sent to L1",
        );
        return { hashes: [...(before?.hashes ?? []), hash], nonce, fees, sentAt: Date.now() };
      } catch (error) {
        if (
          attempt >= 12 ||
          !(error instanceof L1Error) ||
          !/underpriced|already known|already imported/i.test(error.message)
        ) {
          throw error;
        }
        fees = cap(raise(fees, fees));
      }
    }
  }

  function cap(fees: Fees): Fees {
    if (fees.maxFeePerGas <= options.maxFeePerGas) return fees;
    const { maxFeePerGas } = options;
    const tip = fees.maxPriorityFeePerGas < maxFeePerGas ? fees.maxPriorityFeePerGas : maxFeePerGas;
    return { maxFeePerGas, maxPriorityFeePerGas: tip };
  }

  /** The receipt of any transaction of the flight; undefined when it is time to send again. */
  async function untilMined(flight: Flight, signal: AbortSignal) {
    const deadline = flight.sentAt + options.bumpAfterMs;
    for (;;) {
      for (const hash of flight.hashes) {
        const receipt = await l1.receipt(hash);
        if (receipt === undefined) continue;
        metrics.gas.inc(Number(receipt.gasUsed));
        metrics.sent.inc({ outcome: receipt.succeeded ? "mined" : "reverted" });
        return { ...receipt, hash };
      }
      if (Date.now() >= deadline) return undefined;
      await sleep(options.pollingIntervalMs, undefined, { signal });
    }
  }

  /** L1 has a batch of this number. */
  async function confirm(batch: BatchRecord): Promise<SendOutcome> {
    const onL1 = await l1.batchHash(batch.number);
    if (!bytesEqual(onL1, batch.hash)) throw otherChain(batch.number, onL1, batch.hash);
    const commitment = await l1.findCommit(batch.number);
    if (commitment === undefined)
      throw new L1Error(`batch ${batch.number}`, new InvariantError("its event is missing"));
    await commit(batch, bytesToHex(commitment.transactionHash), commitment.blockNumber);
    return "committed";
  }

  async function commit(batch: BatchRecord, transaction: Hex, blockNumber: number): Promise<void> {
    await chain.markBatchCommitted(batch.number, { transactionHash: hexToBytes(transaction), blockNumber });
    metrics.bytes.observe(batch.data.length);
    log.info({ batch: batch.number, transaction, l1Block: blockNumber }, "batch committed on L1");
  }

  return { send, confirm };
}

export type BatchSender = ReturnType<typeof createBatchSender>;

export function otherChain(number: number, onL1: Uint8Array, ours: Uint8Array): BatchChainError {
  return new BatchChainError(
    `batch ${number} is ${bytesToHex(onL1)} on L1 and ${bytesToHex(ours)} here`,
    "This database and this rollup belong to different chains: check the rollup's address, or deploy a new one.",
  );
}

/** The header as L1 gets it, checked against the hash that the record carries. */
async function toHeader(chain: ChainStore, batch: BatchRecord): Promise<BatchHeader> {
  const last = await chain.headerByNumber(batch.lastBlock);
  if (last === undefined)
    throw new InvariantError(`block ${batch.lastBlock} of batch ${batch.number} is missing`);
  const header = {
    number: batch.number,
    previousHash: batch.previousHash,
    firstBlock: batch.firstBlock,
    lastBlock: batch.lastBlock,
    postStateRoot: batch.postStateRoot,
    lastBlockHash: last.hash,
  };
  if (!bytesEqual(batchHash(header, keccak256(batch.data)), batch.hash)) {
    throw new InvariantError(`batch ${batch.number} does not have the hash that it was sealed with`);
  }
  return header;
}

/** At least 10 % above the earlier offer, as L1 nodes ask of a replacement, and not below the market. */
function raise(before: Fees, market: Fees): Fees {
  const bumped = (value: bigint) => (value * 110n) / 100n + 1n;
  const max = (a: bigint, b: bigint) => (a > b ? a : b);
  return {
    maxFeePerGas: max(bumped(before.maxFeePerGas), market.maxFeePerGas),
    maxPriorityFeePerGas: max(bumped(before.maxPriorityFeePerGas), market.maxPriorityFeePerGas),
  };
}
