import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { selectedNumber } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { limitExceeded, serverError } from "../json-rpc/rpcError.ts";
import { blockNumber } from "../schema/blockSelector.ts";
import { address } from "../schema/hex.ts";
import { optional } from "../schema/overrides.ts";
import { parityFrames } from "../trace/parityFrames.ts";

const MAX_BLOCKS = 100;
const MAX_ADDRESSES = 1000;

const filter = z
  .object({
    fromBlock: optional(blockNumber()),
    toBlock: optional(blockNumber()),
    fromAddress: optional(z.array(address()).max(MAX_ADDRESSES)),
    toAddress: optional(z.array(address()).max(MAX_ADDRESSES)),
    after: optional(z.int().nonnegative()),
    count: optional(z.int().nonnegative()),
  })
  .describe("filter");

const frame = z.object({
  action: z.object({
    from: z.string().optional(),
    to: z.string().optional(),
    address: z.string().optional(),
    refundAddress: z.string().optional(),
  }),
  result: z.object({ address: z.string().optional() }).nullish(),
});

/** Whether a frame goes from one of these addresses, and to one of those; undefined: any. */
function matches(candidate: unknown, senders?: Set<string>, targets?: Set<string>): boolean {
  const { action, result } = frame.parse(candidate);
  const from = action.from ?? action.address ?? "";
  const to = action.to ?? action.refundAddress ?? result?.address ?? "";
  return (senders?.has(from) ?? true) && (targets?.has(to) ?? true);
}

/** Blocks are run again one after another, so that their number is bounded. */
export const trace_filter = defineMethod({
  name: "trace_filter",
  summary: "Calls of a range of blocks by sender and target, as Parity tells them",
  params: z.tuple([filter]),
  handler: async (context, [wanted], caller) => {
    const first = selectedNumber(context, numbered(wanted.fromBlock, "earliest"));
    const last = Math.min(
      selectedNumber(context, numbered(wanted.toBlock, "latest")),
      context.heads.heads().latest.number,
    );
    if (last - first >= MAX_BLOCKS) throw limitExceeded(`trace_filter spans at most ${MAX_BLOCKS} blocks`);
    const senders = wanted.fromAddress && new Set(wanted.fromAddress.map(bytesToHex));
    const targets = wanted.toAddress && new Set(wanted.toAddress.map(bytesToHex));
    const { after = 0, count = Number.POSITIVE_INFINITY } = wanted;
    const deadline = Date.now() + context.limits.traceMs;
    const found: unknown[] = [];
    for (let number = first; number <= last && found.length < after + count; number++) {
      if (Date.now() > deadline) throw serverError("execution timeout");
      const block = await context.blocks.byNumber(number);
      if (block === undefined || block.transactions.length === 0) continue;
      const frames = await parityFrames(context, caller, block);
      found.push(...frames.filter((candidate) => matches(candidate, senders, targets)));
    }
    return found.slice(after, after + count);
  },
});

type Numbered = Parameters<typeof selectedNumber>[1];

function numbered(
  selector: z.output<ReturnType<typeof blockNumber>> | undefined,
  otherwise: "earliest" | "latest",
): Numbered {
  return selector === undefined || "hash" in selector ? { tag: otherwise } : selector;
}
