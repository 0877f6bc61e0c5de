import { type BlockHeader, type ChainConfig, nextBaseFee } from "../../../protocol/index.ts";

/** There are no blobs on Braid's own chains: EIP-4844's smallest price. */
const NO_BLOBS_PRICE = 1n;

/** What a unit of gas and of blob gas costs in the block after this one, in wei. */
export function nextPrices(
  config: ChainConfig,
  header: BlockHeader,
): { baseFeePerGas: bigint; blobGasPrice: bigint } {
  if (header.ethereum !== undefined) return header.ethereum.next ?? { baseFeePerGas: 0n, blobGasPrice: 0n };
  return { baseFeePerGas: nextBaseFee(config, header), blobGasPrice: NO_BLOBS_PRICE };
}

/** What a unit of blob gas costs in this block; zero where its rules know none. */
export function blobGasPrice({ ethereum }: BlockHeader): bigint {
  return ethereum === undefined ? NO_BLOBS_PRICE : (ethereum.blobGasPrice ?? 0n);
}
