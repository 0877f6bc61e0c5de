import { z } from "zod";
import { type Block, bytesEqual, bytesToHex, type Hex } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import { EMPTY_CODE } from "../format/constants.ts";
import type { Caller } from "../json-rpc/method.ts";
import { traceBlock } from "../trace/traceBlock.ts";
import { tracerChoice, traceTimeout } from "../trace/traceConfig.ts";
import { firstBlockWhere } from "./firstBlockWhere.ts";

/** The transaction that created a contract, and whose code did: a sender, or a contract. */
export interface ContractCreator {
  hash: Hex;
  creator: Hex;
}

/**
 * Who created a contract: the first block with its code is found by halving, then the transaction by its receipt, or,
 * where a contract made it, by tracing the block. Undefined for what is no contract or was there from genesis on. A
 * contract that destroyed itself and came back (before EIP-6780) may be answered with any of its creations.
 */
export async function contractCreator(
  context: RpcContext,
  caller: Caller,
  address: Uint8Array,
): Promise<ContractCreator | undefined> {
  const number = await firstBlockWhere(context, (state) => {
    const codeHash = state.account(address)?.codeHash;
    return codeHash !== undefined && bytesToHex(codeHash) !== EMPTY_CODE;
  });
  if (number === undefined || number === 0) return undefined;
  const block = await context.blocks.byNumber(number);
  if (block === undefined) return undefined;
  return createdByTransaction(block, address) ?? createdByContract(context, caller, block, address);
}

function createdByTransaction(block: Block, address: Uint8Array): ContractCreator | undefined {
  const index = block.receipts.findIndex(
    ({ contractAddress, status }) =>
      status === 1 && contractAddress !== undefined && bytesEqual(contractAddress, address),
  );
  const transaction = block.transactions[index];
  if (transaction === undefined) return undefined;
  return { hash: bytesToHex(transaction.hash), creator: bytesToHex(transaction.sender) };
}

/** The part of the call tracer's frames that is needed here. */
const callFrame = z.object({
  type: z.string(),
  from: z.string(),
  to: z.string().optional(),
  error: z.string().optional(),
  get calls() {
    return z.array(callFrame).optional();
  },
});
type Frame = z.output<typeof callFrame>;

async function createdByContract(
  context: RpcContext,
  caller: Caller,
  block: Block,
  address: Uint8Array,
): Promise<ContractCreator | undefined> {
  const traces = await traceBlock(context, caller, block, {
    choice: { ...tracerChoice(undefined), tracer: "callTracer" },
    timeoutMs: traceTimeout(undefined, context.limits.traceMs),
  });
  const wanted = bytesToHex(address);
  for (const { hash, result } of traces) {
    const creator = creatorIn(callFrame.parse(result), wanted);
    if (creator !== undefined) return { hash: bytesToHex(hash), creator };
  }
  return undefined;
}

/** Whoever created `wanted` in this frame or below; what failed created nothing. */
function creatorIn({ type, from, to, error, calls }: Frame, wanted: Hex): Hex | undefined {
  if (error !== undefined) return undefined;
  if (type.startsWith("CREATE") && to?.toLowerCase() === wanted) return `0x${from.slice(2).toLowerCase()}`;
  for (const call of calls ?? []) {
    const creator = creatorIn(call, wanted);
    if (creator !== undefined) return creator;
  }
  return undefined;
}
