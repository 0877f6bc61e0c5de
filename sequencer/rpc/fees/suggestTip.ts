import { type Block, effectiveTip } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import { sampledTip } from "./sampledTip.ts";

/** From here on a block counts as full: tips decide who gets in. */
const FULL_PERCENT = 90n;

function medianTip(block: Block): bigint {
  const tips = block.transactions
    .filter(({ deposit }) => deposit === undefined)
    .map((transaction) => effectiveTip(transaction, block.header.baseFeePerGas))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return tips[tips.length >> 1] ?? 0n;
}

/**
 * The tip that gets a transaction into a block soon. While blocks have room the smallest one does; when the last block
 * was full, a tenth more than half of its transactions paid.
 */
export async function suggestTip(context: RpcContext): Promise<bigint> {
  const { latest } = context.heads.heads();
  const block = await context.blocks.byNumber(latest.number);
  if (block?.ethereum !== undefined) return sampledTip(context, latest.number);
  if (block === undefined || block.header.gasUsed * 100n < block.header.gasLimit * FULL_PERCENT) {
    return context.minimumTip;
  }
  const suggested = (medianTip(block) * 11n) / 10n;
  return suggested > context.minimumTip ? suggested : context.minimumTip;
}
