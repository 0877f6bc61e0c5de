import { type Block, type BlockHeader, effectiveTip } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import { quantity } from "../format/quantity.ts";
import { blobGasPrice, nextPrices } from "./nextPrices.ts";

/** Tips at the given percentiles of the block's gas, ascending, in wei. */
export function rewardsOf(block: Block, percentiles: number[]): bigint[] {
  const paid = block.transactions
    .map((transaction, index) => ({
      // As in op-geth: a deposit offers nothing.
      tip: transaction.deposit === undefined ? effectiveTip(transaction, block.header.baseFeePerGas) : 0n,
      gas: block.receipts[index]?.gasUsed ?? 0n,
    }))
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0));
  let position = 0;
  let gas = paid[0]?.gas ?? 0n;
  return percentiles.map((percentile) => {
    const threshold = BigInt(Math.floor((Number(block.header.gasUsed) * percentile) / 100));
    while (gas < threshold && position < paid.length - 1) gas += paid[++position]?.gas ?? 0n;
    return paid[position]?.tip ?? 0n;
  });
}

async function loadHeaders(context: RpcContext, oldest: number, newest: number): Promise<BlockHeader[]> {
  const numbers = Array.from({ length: newest - oldest + 1 }, (_, offset) => oldest + offset);
  const found = await Promise.all(numbers.map((number) => context.blocks.headerByNumber(number)));
  return found.flatMap((one) => (one === undefined ? [] : [one.header]));
}

async function loadRewards(context: RpcContext, headers: BlockHeader[], percentiles: number[]) {
  const rewards: string[][] = [];
  for (const { number } of headers) {
    const block = await context.blocks.byNumber(number);
    if (block !== undefined) rewards.push(rewardsOf(block, percentiles).map(quantity));
  }
  return rewards;
}

/** `eth_feeHistory`'s answer for the blocks that end with `newest`. Fewer than asked for when bounds say so. */
export async function feeHistory(
  context: RpcContext,
  count: number,
  newest: number,
  percentiles: number[] | undefined,
) {
  const bound = percentiles?.length ? context.limits.feeHistoryRewardBlocks : context.limits.feeHistoryBlocks;
  const blocks = Math.min(count, bound, newest + 1);
  if (blocks < 1) return { oldestBlock: "0x0", gasUsedRatio: [] };
  const headers = await loadHeaders(context, newest - blocks + 1, newest);
  const baseFees = headers.map((header) => header.baseFeePerGas);
  const blobPrices = headers.map(blobGasPrice);
  const last = headers.at(-1);
  if (last !== undefined) {
    const next = await nextPrices(context, last);
    baseFees.push(next.baseFeePerGas);
    blobPrices.push(next.blobGasPrice);
  }
  return {
    oldestBlock: quantity(newest - blocks + 1),
    ...(percentiles?.length ? { reward: await loadRewards(context, headers, percentiles) } : {}),
    baseFeePerGas: baseFees.map(quantity),
    gasUsedRatio: headers.map((header) => Number(header.gasUsed) / Number(header.gasLimit)),
    baseFeePerBlobGas: blobPrices.map(quantity),
    blobGasUsedRatio: headers.map(blobGasUsedRatio),
  };
}

function blobGasUsedRatio({ ethereum }: BlockHeader): number {
  const { blobGasUsed = 0n, maxBlobGas = 0n } = ethereum ?? {};
  return maxBlobGas === 0n ? 0 : Number(blobGasUsed) / Number(maxBlobGas);
}
