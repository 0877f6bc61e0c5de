import type { TraceBlockParams, TracerChoice, TransactionTrace } from "../../../executor/index.ts";
import type { Block } from "../../../protocol/index.ts";
import { environmentOf } from "../blocks/stateAt.ts";
import type { RpcContext } from "../context.ts";
import type { Caller } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";

/** The job ends by its own clock first, with geth's words. */
const GRACE_MS = 1_000;

export interface TraceRequest {
  choice: TracerChoice;
  timeoutMs: number;
  /** Places of the first transaction that is wanted and of the one after the last; all of the block when left out. */
  range?: { from: number; to: number };
}

/** Traces transactions of a block, from its parent's state. */
export async function traceBlock(
  context: RpcContext,
  { client }: Caller,
  block: Block,
  { choice, timeoutMs, range = { from: 0, to: block.transactions.length } }: TraceRequest,
): Promise<TransactionTrace[]> {
  const { header } = block;
  if (header.number === 0) throw serverError("genesis is not traceable");
  const parent = await context.blocks.headerByNumber(header.number - 1);
  if (parent === undefined) throw serverError(`block #${header.number - 1} not found`);
  const params: TraceBlockParams = {
    scene: {
      state: { blockNumber: parent.header.number, stateRoot: parent.header.stateRoot },
      environment: await environmentOf(context, header),
      rules: context.rulesAt(header),
    },
    blockHash: block.hash,
    transactions: block.transactions.slice(0, range.to),
    from: range.from,
    choice,
    bounds: { timeoutMs, maxBytes: context.limits.traceBytes },
  };
  return context.readers.run("traceBlock", params, { timeoutMs: timeoutMs + GRACE_MS, client });
}

/** A mined transaction with its block; undefined when there is none of that hash. */
export async function findMined(
  context: RpcContext,
  hash: Uint8Array,
): Promise<{ block: Block; index: number } | undefined> {
  const mined = await context.chain.transactionByHash(hash);
  if (mined === undefined) return undefined;
  const block = await context.blocks.byNumber(mined.blockNumber);
  return block === undefined ? undefined : { block, index: mined.index };
}

/** The trace of one mined transaction; undefined when there is none of that hash. */
export async function traceMined(
  context: RpcContext,
  caller: Caller,
  hash: Uint8Array,
  request: Omit<TraceRequest, "range">,
): Promise<{ block: Block; index: number; result: unknown } | undefined> {
  const found = await findMined(context, hash);
  if (found === undefined) return undefined;
  const { block, index } = found;
  const range = { from: index, to: index + 1 };
  const [trace] = await traceBlock(context, caller, block, { ...request, range });
  return trace === undefined ? undefined : { block, index, result: trace.result };
}
