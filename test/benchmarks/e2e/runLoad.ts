import { setTimeout as pause } from "node:timers/promises";
import { BraidError } from "../../../protocol/index.ts";
import { HttpConnections } from "./httpConnections.ts";
import { ReceiptWatch } from "./receiptWatch.ts";
import type { SignedTransfer } from "./signTransfers.ts";

/** Transfers by connection, in the order in which that connection sends them: an account stays on one connection. */
export type LoadPlan = SignedTransfer[][];

export interface LoadOptions {
  rpcUrl: string;
  batchSize: number;
  /** Transactions a second over all connections; undefined = as fast as the node answers. */
  rate?: number | undefined;
  /** Most transactions sent and not yet in a block: back-pressure, so that the pool never overflows. */
  inFlight: number;
  /** No new receipt for that long means that what is missing is lost. */
  patienceMs: number;
}

export interface LoadResult {
  sent: number;
  confirmed: number;
  /** Accepted or refused, but never in a block. */
  lost: number;
  reverted: number;
  refusals: Record<string, number>;
  /** From the first send to the last receipt. */
  seconds: number;
  perSecond: number;
  /** Milliseconds from send to receipt in hand. */
  p50: number;
  p99: number;
}

const RETRY_MS = 50;
const BUSY = /full|limit|busy|too many/i;

interface Batch {
  body: string;
  transfers: SignedTransfer[];
}

export async function runLoad(plan: LoadPlan, options: LoadOptions): Promise<LoadResult> {
  const sender = new HttpConnections(options.rpcUrl, plan.length);
  const reader = new HttpConnections(options.rpcUrl, 1);
  const watch = new ReceiptWatch(reader);
  const lines = plan.map((transfers) => batches(transfers, options.batchSize));
  const sentAt = new Map<string, number>();
  const refusals: Record<string, number> = {};
  await watch.start();
  const started = performance.now();
  try {
    await Promise.all(
      lines.map((line, index) =>
        sendLine(line, index, plan.length, { options, sender, watch, sentAt, refusals, started }),
      ),
    );
    await untilConfirmed(watch, sentAt, options.patienceMs);
  } finally {
    await watch.stop();
    sender.close();
    reader.close();
  }
  return summarize(sentAt, watch, refusals, started);
}

interface Sending {
  options: LoadOptions;
  sender: HttpConnections;
  watch: ReceiptWatch;
  sentAt: Map<string, number>;
  refusals: Record<string, number>;
  started: number;
}

/** A paced line sends batch i of connection c at its own due time; latency counts from then. */
async function sendLine(line: Batch[], index: number, connections: number, sending: Sending): Promise<void> {
  const { options, watch, sentAt, started } = sending;
  for (const [number, batch] of line.entries()) {
    if (options.rate !== undefined) {
      const due = started + (((number * connections + index) * options.batchSize) / options.rate) * 1_000;
      const early = due - performance.now();
      if (early > 0) await pause(early);
    }
    while (sentAt.size - watch.seen.size > options.inFlight) await pause(5);
    const now = performance.now();
    for (const { hash } of batch.transfers) sentAt.set(hash, now);
    await sendBatch(batch, sending);
  }
}

async function sendBatch(batch: Batch, sending: Sending): Promise<void> {
  let left = batch;
  while (left.transfers.length > 0) {
    const answers = JSON.parse(await sending.sender.post(left.body)) as
      | { id: number; error?: { message: string } }[]
      | { error?: { message: string } };
    if (!Array.isArray(answers)) {
      throw new BraidError(
        "BENCH_BATCH_REFUSED",
        `the node refused a batch: ${answers.error?.message ?? "?"}`,
      );
    }
    const again: SignedTransfer[] = [];
    for (const { id, error } of answers) {
      if (error === undefined) continue;
      sending.refusals[error.message] = (sending.refusals[error.message] ?? 0) + 1;
      const transfer = left.transfers[id];
      if (transfer !== undefined && BUSY.test(error.message)) again.push(transfer);
    }
    if (again.length > 0) await pause(RETRY_MS);
    left = toBatch(again);
  }
}

/** The sent ones are all there, or nothing has come for a while. */
async function untilConfirmed(
  watch: ReceiptWatch,
  sentAt: Map<string, number>,
  patienceMs: number,
): Promise<void> {
  let known = -1;
  let since = performance.now();
  for (;;) {
    let missing = false;
    for (const hash of sentAt.keys()) {
      if (watch.seen.has(hash)) continue;
      missing = true;
      break;
    }
    if (!missing) return;
    if (watch.seen.size !== known) {
      known = watch.seen.size;
      since = performance.now();
    }
    if (performance.now() - since > patienceMs) return;
    await pause(20);
  }
}

function summarize(
  sentAt: Map<string, number>,
  watch: ReceiptWatch,
  refusals: Record<string, number>,
  started: number,
): LoadResult {
  const latencies: number[] = [];
  let last = started;
  for (const [hash, sent] of sentAt) {
    const seen = watch.seen.get(hash);
    if (seen === undefined) continue;
    latencies.push(seen - sent);
    if (seen > last) last = seen;
  }
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  const seconds = (last - started) / 1_000;
  return {
    sent: sentAt.size,
    confirmed: latencies.length,
    lost: sentAt.size - latencies.length,
    reverted: watch.failed,
    refusals,
    seconds,
    perSecond: seconds === 0 ? 0 : latencies.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
  };
}

function batches(transfers: SignedTransfer[], size: number): Batch[] {
  const line: Batch[] = [];
  for (let start = 0; start < transfers.length; start += size) {
    line.push(toBatch(transfers.slice(start, start + size)));
  }
  return line;
}

function toBatch(transfers: SignedTransfer[]): Batch {
  const calls = transfers.map(
    ({ raw }, id) => `{"jsonrpc":"2.0","id":${id},"method":"eth_sendRawTransaction","params":["${raw}"]}`,
  );
  return { body: `[${calls.join(",")}]`, transfers };
}
