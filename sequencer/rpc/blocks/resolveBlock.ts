import type { Block, BlockHeader } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { isPending } from "../pending/pendingFields.ts";
import type { BlockSelector } from "../schema/blockSelector.ts";

type Blocks = Pick<RpcContext, "heads" | "blocks">;

/** The number of the sealed block that a selector without a hash names: for `pending` that of `latest`. */
export function selectedNumber(
  context: Pick<RpcContext, "heads">,
  selector: Exclude<BlockSelector, { hash: Uint8Array }>,
): number {
  if ("number" in selector) return selector.number;
  const heads = context.heads.heads();
  switch (selector.tag) {
    case "earliest":
      return 0;
    case "safe":
      return heads.safe;
    case "finalized":
      return heads.finalized;
    default:
      return heads.latest.number;
  }
}

/** `pending` is the block being built, where one is. */
export async function resolveBlock(
  context: Blocks & Pick<RpcContext, "pendingBlock">,
  selector: BlockSelector,
): Promise<Block | undefined> {
  const pending = isPending(selector) ? await context.pendingBlock?.() : undefined;
  if (pending !== undefined) return pending.block;
  if ("hash" in selector) return context.blocks.byHash(selector.hash);
  return context.blocks.byNumber(selectedNumber(context, selector));
}

export async function resolveHeader(
  context: Blocks,
  selector: BlockSelector,
): Promise<{ header: BlockHeader; hash: Uint8Array } | undefined> {
  if ("hash" in selector) return context.blocks.byHash(selector.hash);
  return context.blocks.headerByNumber(selectedNumber(context, selector));
}

/** The header, or geth's error for a block that is not there. */
export async function requireHeader(context: Blocks, selector: BlockSelector) {
  const found = await resolveHeader(context, selector);
  if (found === undefined)
    throw serverError("hash" in selector ? "header for hash not found" : "header not found");
  return found;
}
