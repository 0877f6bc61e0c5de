/**
 * Brings the transactions that are wanted onto L1, and nothing else, whatever happens in between.
 *
 * It keeps no truth in memory: each `sync` takes what PostgreSQL says was sent, what L1 says of its nonce and receipts,
 * and what is wanted now, and does the next step. So a restart, a lost transaction, a nonce that somebody else used, a
 * reorganization and an empty purse need no cases of their own.
 *
 * Invariants: an attempt is written before it is sent; each nonce belongs to one transaction; transactions go out in
 * the order in which they were wanted; plain and blob transactions are never in flight together, for L1 nodes refuse
 * that.
 */
import { bytesEqual, bytesToHex } from "../../protocol/index.ts";
import type { Broadcaster } from "./broadcaster.ts";
import { isAboveCeiling, type PriceCeiling, worstCost } from "./feePolicy.ts";
import type { L1Client } from "./l1Client.ts";
import type { TransactionMetrics } from "./transactionMetrics.ts";
import type { MinedTransactionRef, TransactionStore } from "./transactionStore.ts";
import {
  HOLD_REASONS,
  type HoldReason,
  type L1Log,
  type L1View,
  type MinedReceipt,
  type StoredTransaction,
  type WantedTransaction,
} from "./types.ts";

export interface TransactionManagerOptions {
  client: L1Client;
  store: TransactionStore;
  broadcaster: Broadcaster;
  log: L1Log;
  metrics: TransactionMetrics;
  /** Not mined after this: offered again at a higher fee. */
  bumpAfterMs: number;
  maxInFlight: number;
  ceiling: PriceCeiling;
  /** Wei that may be spent in any 24 hours. */
  dailyLimit: bigint;
  /** Warn when the balance lasts for fewer hours. */
  warnBelowHours: number;
  /** How long a receipt may lag behind the nonce. Default 3,000. */
  receiptGraceMs?: number;
}

export interface TransactionManager {
  /**
   * Does what can be done now towards these and no others. `view` is what `wanted` was computed from. Throws L1Error
   * when L1 cannot be asked; what was done until then stands.
   */
  sync(view: L1View, wanted: readonly WantedTransaction[]): Promise<SyncResult>;
}

export interface SyncResult {
  /** Something was mined since: what is wanted may be other things now. */
  mined: boolean;
  inFlight: number;
  held: HoldReason | undefined;
}

const DAY_SECONDS = 86_400;
/** Reorganizations reach no further than this many L1 blocks. */
const REORG_DEPTH = 128;

export function createTransactionManager(options: TransactionManagerOptions): TransactionManager {
  const { client, store, broadcaster, log, metrics } = options;
  /** When a consumed nonce was first seen without receipt, by transaction. */
  const missingSince = new Map<number, number>();
  let gapSince: number | undefined;
  let held: HoldReason | undefined;
  let warnedRunway = false;
  /** Wanted keys whose transaction was mined and reverted, and when to try again. */
  const retryAt = new Map<string, { at: number; tries: number }>();

  /** Takes what L1 says of everything sent. Gives whether something new was mined. */
  async function settle(view: L1View): Promise<boolean> {
    const reorged = await recoverReorged(view);
    let mined = reorged;
    for (const transaction of await store.open()) {
      const { nonce } = transaction;
      if (transaction.state !== "sent" || nonce === undefined || nonce >= view.nonce) continue;
      const receipt = await findReceipt(transaction);
      if (receipt !== undefined) {
        await takeReceipt(transaction, receipt);
        mined = true;
      } else if (graceIsOver(transaction.id)) {
        log.warn(
          { transaction: transaction.key, nonce },
          "another transaction used the nonce; it gets a new one",
        );
        metrics.sent.inc({ purpose: transaction.purpose, outcome: "displaced" });
        await store.markDisplaced(transaction.id);
      }
    }
    return mined;
  }

  async function recoverReorged(view: L1View): Promise<boolean> {
    let lost = false;
    const hashes = new Map<number, Uint8Array | undefined>();
    for (const mined of await store.minedSince(view.blockNumber - REORG_DEPTH)) {
      if (!hashes.has(mined.blockNumber)) {
        hashes.set(mined.blockNumber, await client.blockHash(mined.blockNumber));
      }
      const now = hashes.get(mined.blockNumber);
      if (now !== undefined && bytesEqual(now, mined.blockHash)) continue;
      log.warn({ transaction: mined.key, l1Block: mined.blockNumber }, "L1 lost a mined transaction");
      await store.markSentAgain(mined.id);
      lost = true;
    }
    return lost;
  }

  async function findReceipt({ attempts }: StoredTransaction): Promise<MinedReceipt | undefined> {
    for (const { hash } of attempts.toReversed()) {
      const receipt = await client.receipt(hash);
      if (receipt !== undefined) return receipt;
    }
    return undefined;
  }

  async function takeReceipt(transaction: StoredTransaction, receipt: MinedReceipt): Promise<void> {
    const { id, key, purpose, attempts } = transaction;
    const cancelled = attempts.some(
      ({ hash, cancels }) => cancels && bytesEqual(hash, receipt.transactionHash),
    );
    const outcome = cancelled ? "cancelled" : receipt.succeeded ? "mined" : "reverted";
    await store.markMined(id, cancelled ? { ...receipt, succeeded: false } : receipt);
    missingSince.delete(id);
    metrics.sent.inc({ purpose, outcome });
    metrics.gas.inc({ purpose }, Number(receipt.gasUsed));
    const fields = {
      transaction: key,
      hash: bytesToHex(receipt.transactionHash),
      l1Block: receipt.blockNumber,
    };
    if (outcome === "reverted") {
      const tries = (retryAt.get(key)?.tries ?? 0) + 1;
      retryAt.set(key, { at: Date.now() + Math.min(1_000 * 2 ** tries, 300_000), tries });
      log.warn(fields, "an L1 transaction was reverted");
    } else log.info(fields, `an L1 transaction was ${outcome}`);
  }

  function graceIsOver(id: number): boolean {
    const since = missingSince.get(id) ?? Date.now();
    missingSince.set(id, since);
    const over = Date.now() - since >= (options.receiptGraceMs ?? 3_000);
    if (over) missingSince.delete(id);
    return over;
  }

  /** Drops and cancels what is not wanted, adds what is. */
  async function reconcile(view: L1View, wanted: readonly WantedTransaction[]): Promise<void> {
    const keys = new Set(wanted.map(({ key }) => key));
    const open = await store.open();
    const present = new Set<string>();
    for (const transaction of open) {
      if (keys.has(transaction.key) && !transaction.cancelled) present.add(transaction.key);
      else if (transaction.state === "waiting") await store.drop(transaction.id);
      else if (!transaction.cancelled) {
        log.warn({ transaction: transaction.key }, "an L1 transaction is not wanted any more; cancelling it");
        await store.cancel(transaction.id);
      }
    }
    const done = await store.minedSince(view.blockNumber - REORG_DEPTH);
    for (const request of wanted) {
      if (present.has(request.key) || isDone(request, done, view) || !mayRetry(request.key)) continue;
      await store.add({ ...request, call: await request.call() });
    }
    for (const key of retryAt.keys()) if (!keys.has(key)) retryAt.delete(key);
  }

  /** It was mined after the view: whoever wants it cannot know yet. */
  function isDone({ key }: WantedTransaction, done: MinedTransactionRef[], view: L1View): boolean {
    return done.some((mined) => mined.key === key && mined.succeeded && mined.blockNumber > view.blockNumber);
  }

  function mayRetry(key: string): boolean {
    return (retryAt.get(key)?.at ?? 0) <= Date.now();
  }

  async function broadcast(view: L1View, wanted: readonly WantedTransaction[]): Promise<void> {
    const urgent = new Set(wanted.filter((request) => request.urgent).map(({ key }) => key));
    const open = await store.open();
    const sent = open.filter(({ state }) => state === "sent").sort((a, b) => (a.nonce ?? 0) - (b.nonce ?? 0));
    await fillGap(view, sent);
    const budget = await spendable(sent);
    await nurse(view, sent, urgent, budget);
    const flying = sent.filter(({ nonce }) => (nonce ?? 0) >= view.nonce);
    for (const transaction of open) {
      if (transaction.state !== "waiting") continue;
      if (flying.length >= options.maxInFlight) return;
      // FIFO: what may not go holds back what comes after it.
      if (flying.some(({ kind }) => kind !== transaction.kind)) return;
      const ceiling = urgent.has(transaction.key) ? undefined : options.ceiling;
      if (ceiling !== undefined && isAboveCeiling(view.prices, transaction.kind, ceiling)) {
        held = "price";
        return;
      }
      const nonce = freeNonce(view.nonce, flying);
      const outcome = await broadcaster.first(transaction, {
        nonce,
        prices: view.prices,
        ceiling,
        budget,
        alone: flying.length === 0,
      });
      if (outcome.kind === "held") {
        held = outcome.reason;
        return;
      }
      flying.push({ ...transaction, state: "sent", nonce, attempts: [outcome.attempt] });
      budget.left -= worstCost(outcome.attempt.fees, transaction.call.gasLimit, outcome.blobs);
    }
  }

  /** A nonce that nobody fills any more holds back all that come after it. */
  async function fillGap(view: L1View, sent: StoredTransaction[]): Promise<void> {
    const head = sent.find(({ nonce }) => (nonce ?? 0) >= view.nonce);
    if (head?.nonce === undefined || head.nonce === view.nonce) {
      gapSince = undefined;
      return;
    }
    gapSince ??= Date.now();
    if (Date.now() - gapSince < options.bumpAfterMs) return;
    log.warn({ transaction: head.key, nonce: head.nonce, l1Nonce: view.nonce }, "a nonce is missing on L1");
    await store.markDisplaced(head.id);
    sent.splice(sent.indexOf(head), 1);
    gapSince = undefined;
  }

  /** Only the first in flight can be stuck: the others wait for it. */
  async function nurse(
    view: L1View,
    sent: readonly StoredTransaction[],
    urgent: ReadonlySet<string>,
    budget: { left: bigint },
  ): Promise<void> {
    const cancelling = sent.filter(
      ({ cancelled, attempts, nonce }) =>
        cancelled && (nonce ?? 0) >= view.nonce && !attempts.some(({ cancels }) => cancels),
    );
    const context = { prices: view.prices, budget };
    for (const transaction of cancelling) {
      const outcome = await broadcaster.again(transaction, { ...context, ceiling: undefined });
      if (outcome.kind === "held") held = outcome.reason;
    }
    const head = sent.find(({ nonce }) => nonce === view.nonce);
    const last = head?.attempts.at(-1);
    if (head === undefined || last === undefined || cancelling.includes(head)) return;
    if (Date.now() - last.sentAt < options.bumpAfterMs) {
      if (Date.now() - last.sentAt > options.bumpAfterMs / 4) await broadcaster.remind(head);
      return;
    }
    const ceiling = urgent.has(head.key) || head.cancelled ? undefined : options.ceiling;
    const outcome = await broadcaster.again(head, { ...context, ceiling });
    if (outcome.kind === "held") held = outcome.reason;
  }

  /** Wei that may still be promised today, all in flight counted at its worst. */
  async function spendable(sent: readonly StoredTransaction[]): Promise<{ left: bigint }> {
    const spent = await store.spentWithin(DAY_SECONDS);
    metrics.spent.set(Number(spent) / 1e18);
    let promised = 0n;
    for (const { attempts, call } of sent) {
      const last = attempts.at(-1);
      if (last === undefined) continue;
      promised += worstCost(last.fees, call.gasLimit, broadcaster.blobCount(call));
    }
    return { left: options.dailyLimit - spent - promised };
  }

  async function measure(view: L1View): Promise<void> {
    const spent = await store.spentWithin(DAY_SECONDS);
    const hours = spent === 0n ? Number.POSITIVE_INFINITY : (Number(view.balance) / Number(spent)) * 24;
    metrics.balance.set(Number(view.balance) / 1e18);
    metrics.runway.set(hours);
    const short = hours < options.warnBelowHours;
    if (short && !warnedRunway) {
      log.warn(
        { hours: Math.round(hours * 10) / 10, balance: `${Number(view.balance) / 1e18} ether` },
        "the poster's ether runs short: send it more",
      );
    }
    warnedRunway = short;
    const open = await store.open();
    for (const state of ["waiting", "sent"] as const) {
      metrics.open.set({ state }, open.filter((transaction) => transaction.state === state).length);
    }
    for (const reason of HOLD_REASONS) {
      metrics.held.set({ reason }, reason === held ? 1 : 0);
    }
  }

  return {
    async sync(view, wanted) {
      const before = held;
      held = undefined;
      const mined = await settle(view);
      await reconcile(view, wanted);
      try {
        await broadcast(view, wanted);
      } finally {
        await measure(view);
      }
      if (held !== undefined && held !== before) {
        log.warn({ reason: held }, "L1 transactions are held back");
      }
      await store.forgetPayloads(view.blockNumber - 2 * REORG_DEPTH);
      const open = await store.open();
      return { mined, inFlight: open.filter(({ state }) => state === "sent").length, held };
    },
  };
}

function freeNonce(from: number, flying: readonly StoredTransaction[]): number {
  const used = new Set(flying.map(({ nonce }) => nonce));
  let nonce = from;
  while (used.has(nonce)) nonce++;
  return nonce;
}
