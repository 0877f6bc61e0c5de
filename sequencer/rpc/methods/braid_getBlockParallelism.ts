import { z } from "zod";
import type { BlockExecutionReport } from "../../../executor/index.ts";
import { type BlockHeader, bytesToHex } from "../../../protocol/index.ts";
import { resolveHeader } from "../blocks/resolveBlock.ts";
import type { RpcContext } from "../context.ts";
import { formatContended, formatLocation } from "../format/execution.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";

/** Each transaction that ran again, and the location that had changed under its first result. */
async function reExecutions({ blocks }: RpcContext, number: number, report: BlockExecutionReport) {
  if (report.reExecuted === 0) return [];
  const block = await blocks.byNumber(number);
  return report.transactions.flatMap(({ runs, lane, conflict }, index) => {
    const transaction = block?.transactions[index];
    if (runs === 1 || transaction === undefined) return [];
    return {
      transactionHash: bytesToHex(transaction.hash),
      transactionIndex: quantity(index),
      lane: quantity(lane),
      runs: quantity(runs),
      conflict: conflict === undefined ? null : formatLocation(conflict),
    };
  });
}

/** The part of the block's gas that no number of lanes could have run at the same time; null for an empty block. */
function criticalPathRatio({ gasUsed }: BlockHeader, { criticalPathGas }: BlockExecutionReport) {
  return gasUsed === 0n ? null : Number(criticalPathGas) / Number(gasUsed);
}

export const braid_getBlockParallelism = defineMethod({
  name: "braid_getBlockParallelism",
  summary:
    "How a block ran: lanes, times, re-executions and their causes, critical path, contended locations",
  params: z.tuple([blockSelector()]),
  handler: async (context, [selector]) => {
    const found = await resolveHeader(context, selector);
    if (found === undefined) return null;
    const { header, hash } = found;
    const report = await context.executions.byNumber(header.number);
    if (report === undefined) return null;
    return {
      blockNumber: quantity(header.number),
      blockHash: bytesToHex(hash),
      transactions: quantity(report.transactions.length),
      lanes: quantity(report.lanes),
      laneMilliseconds: report.laneMs,
      phaseMilliseconds: {
        plan: report.planMs,
        execute: report.executeMs,
        validate: report.validateMs,
        root: report.rootMs,
        seal: report.sealMs,
      },
      gasUsed: quantity(header.gasUsed),
      criticalPathGas: quantity(report.criticalPathGas),
      criticalPathRatio: criticalPathRatio(header, report),
      reExecutions: await reExecutions(context, header.number, report),
      contended: report.contended.map(formatContended),
      shadowed: report.shadowed,
    };
  },
});
