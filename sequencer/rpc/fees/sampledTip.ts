import { type Block, bytesEqual, effectiveTip } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";

const BLOCKS = 20;
const TIPS_OF_A_BLOCK = 3;
const PERCENTILE = 60;
/** In wei: smaller tips are not looked at, larger ones not suggested. */
const IGNORED_BELOW = 2n;
const MAXIMUM = 500_000_000_000n;

/** The smallest tips that strangers paid in the block. */
function smallestTips({ header, transactions }: Block): bigint[] {
  return transactions
    .filter(({ sender }) => !bytesEqual(sender, header.coinbase))
    .map((transaction) => effectiveTip(transaction, header.baseFeePerGas))
    .filter((tip) => tip >= IGNORED_BELOW)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .slice(0, TIPS_OF_A_BLOCK);
}

/**
 * geth's oracle: the 60th percentile of the smallest tips in the last twenty blocks, where a block with one or none makes
 * it look at one block more, up to forty tips. For chains whose tips are not ours to set.
 */
export async function sampledTip(context: RpcContext, newest: number): Promise<bigint> {
  const { minimumTip } = context;
  const tips: bigint[] = [];
  let left = BLOCKS;
  for (let number = newest; number > 0 && left > 0; number--) {
    left--;
    const block = await context.blocks.byNumber(number);
    const found = block === undefined ? [] : smallestTips(block);
    const sample = found.length === 0 ? [minimumTip] : found;
    if (sample.length === 1 && tips.length + 1 + left < 2 * BLOCKS) left++;
    tips.push(...sample);
  }
  tips.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const tip = tips[Math.floor(((tips.length - 1) * PERCENTILE) / 100)] ?? minimumTip;
  return tip < MAXIMUM ? tip : MAXIMUM;
}
