import { type BlockHeader, nextL2BaseFee } from "../../../protocol/index.ts";
import { l1Prices } from "../../block-builder/l1Prices.ts";
import type { RpcContext } from "../context.ts";

/** There are no blobs on Braid's own chains: EIP-4844's smallest price. */
const NO_BLOBS_PRICE = 1n;

/** What a unit of gas costs in the block after this one of Braid's own, in wei: L1's prices in its state set the floor. */
export async function nextBaseFee(
  { config, state }: Pick<RpcContext, "config" | "state">,
  header: BlockHeader,
): Promise<bigint> {
  const after = await state.at(header.number);
  try {
    return nextL2BaseFee(config, header, l1Prices(after));
  } finally {
    after.close();
  }
}

/** What a unit of gas and of blob gas costs in the block after this one, in wei. */
export async function nextPrices(
  context: Pick<RpcContext, "config" | "state">,
  header: BlockHeader,
): Promise<{ baseFeePerGas: bigint; blobGasPrice: bigint }> {
  if (header.ethereum !== undefined) return header.ethereum.next ?? { baseFeePerGas: 0n, blobGasPrice: 0n };
  return { baseFeePerGas: await nextBaseFee(context, header), blobGasPrice: NO_BLOBS_PRICE };
}

/** What a unit of blob gas costs in this block; zero where its rules know none. */
export function blobGasPrice({ ethereum }: BlockHeader): bigint {
  return ethereum === undefined ? NO_BLOBS_PRICE : (ethereum.blobGasPrice ?? 0n);
}
