import { bytesToHex, type Transaction } from "../../../protocol/index.ts";
import type { BatchRecord, L1Place } from "../../chain-store/batchTypes.ts";
import type { MinedTransaction } from "../../chain-store/types.ts";
import type { RpcContext } from "../context.ts";
import { formatLocation } from "../format/execution.ts";
import { quantity } from "../format/quantity.ts";
import { findTransaction } from "./findTransaction.ts";

/** How far a transaction is. `unknown`: this node has no record of it, which does not mean that it was dropped. */
export type LedgerStatus =
  | "unknown"
  | "queued"
  | "pending"
  | "rejected"
  | "included"
  | "batched"
  | "safe"
  | "finalized";

/** Something that happened to a transaction: its name, and what is known of it. */
export interface LedgerStep {
  step:
    | "received"
    | "queued"
    | "pending"
    | "rejected"
    | "executed"
    | "reExecuted"
    | "included"
    | "batched"
    | "safe"
    | "proven"
    | "finalized";
  [detail: string]: unknown;
}

export interface TransactionLedger {
  transactionHash: string;
  status: LedgerStatus;
  /** In order; the last one is where it stands. */
  steps: LedgerStep[];
}

/** What this node knows of a transaction's way, from the pool, PostgreSQL and the batches on L1. */
export async function transactionLedger(context: RpcContext, hash: Uint8Array): Promise<TransactionLedger> {
  const transactionHash = bytesToHex(hash);
  const place = await findTransaction(context, hash);
  switch (place.kind) {
    case "unknown":
      return { transactionHash, status: "unknown", steps: [] };
    case "rejected": {
      const rejected = { step: "rejected", reason: place.reason, at: place.at.toISOString() } as const;
      return { transactionHash, status: "rejected", steps: [{ step: "received" }, rejected] };
    }
    case "pooled": {
      const { transaction, receivedAt } = place;
      const at = receivedAt === undefined ? {} : { at: new Date(receivedAt).toISOString() };
      const waiting = await waitingStep(context, transaction);
      return {
        transactionHash,
        status: waiting.step === "queued" ? "queued" : "pending",
        steps: [{ step: "received", ...at }, waiting],
      };
    }
    case "mined":
      return { transactionHash, ...(await minedSteps(context, place.mined)) };
  }
}

async function waitingStep(context: RpcContext, { sender, nonce }: Transaction): Promise<LedgerStep> {
  const state = context.state.latest();
  const stateNonce = state.account(sender)?.nonce ?? 0n;
  state.close();
  const next = await context.mempool.nextNonce(sender, stateNonce);
  return nonce >= next ? { step: "queued", missingNonce: quantity(next) } : { step: "pending" };
}

async function minedSteps(
  context: RpcContext,
  mined: MinedTransaction,
): Promise<Pick<TransactionLedger, "status" | "steps">> {
  const { blockNumber } = mined;
  const [report, batch] = await Promise.all([
    context.executions.byNumber(blockNumber),
    context.chain.batchOfBlock(blockNumber),
  ]);
  const execution = report?.transactions[mined.index];
  const steps: LedgerStep[] = [{ step: "received" }, { step: "pending" }];
  if (execution !== undefined) {
    const { lane, runs, conflict } = execution;
    steps.push({ step: "executed", lane: quantity(lane) });
    if (runs > 1) {
      steps.push({ step: "reExecuted", conflict: conflict === undefined ? null : formatLocation(conflict) });
    }
  }
  steps.push({
    step: "included",
    blockNumber: quantity(blockNumber),
    blockHash: bytesToHex(mined.blockHash),
    transactionIndex: quantity(mined.index),
    blockTimestamp: quantity(mined.blockTimestamp),
  });
  if (batch === undefined) return { status: "included", steps };
  return withBatch(context, blockNumber, batch, steps);
}

function withBatch(context: RpcContext, blockNumber: number, batch: BatchRecord, steps: LedgerStep[]) {
  const { safe, finalized } = context.heads.heads();
  const { posting, commit, proof, finality } = batch;
  steps.push({
    step: "batched",
    batchNumber: quantity(batch.number),
    batchHash: posting === undefined ? null : bytesToHex(posting.hash),
  });
  if (batch.status === "sealed" || blockNumber > safe) return { status: "batched" as const, steps };
  steps.push({
    step: "safe",
    ...placeOnL1(commit),
  });
  if (proof !== undefined) steps.push({ step: "proven", ...placeOnL1(proof) });
  if (blockNumber > finalized) return { status: "safe" as const, steps };
  steps.push({ step: "finalized", ...placeOnL1(finality) });
  return { status: "finalized" as const, steps };
}

function placeOnL1(place: L1Place | undefined) {
  return {
    l1TransactionHash: place === undefined ? null : bytesToHex(place.transactionHash),
    l1BlockNumber: place === undefined ? null : quantity(place.blockNumber),
  };
}
