import {
  type BlockHeader,
  type BlockInput,
  type ChainConfig,
  keccak256,
  type L1Prices,
  nextL2BaseFee,
  type Transaction,
} from "../../protocol/index.ts";

const EXTRA_DATA = new TextEncoder().encode("braid");
const NO_BEACON_ROOT = new Uint8Array(32);

/**
 * The environment of the block after `parent`. All but the timestamp and the transactions follows from the parent
 * with its state and the chain's configuration, so whoever derives the chain from L1 finds the same.
 *
 * `prices`: L1's, as the parent's state has them.
 *
 * `prevRandao` is the hash of the parent's hash: fixed by the chain, known one block ahead, no source of secrets.
 */
export function nextBlockInput(
  config: ChainConfig,
  parent: { header: BlockHeader; hash: Uint8Array },
  nowMs: number,
  transactions: Transaction[],
  prices: L1Prices,
): BlockInput {
  return {
    number: parent.header.number + 1,
    parentHash: parent.hash,
    timestamp: Math.max(parent.header.timestamp, Math.floor(nowMs / 1000)),
    baseFeePerGas: nextL2BaseFee(config, parent.header, prices),
    gasLimit: config.gasLimit,
    coinbase: config.feeRecipient,
    prevRandao: keccak256(parent.hash),
    extraData: EXTRA_DATA,
    parentBeaconBlockRoot: NO_BEACON_ROOT,
    transactions,
  };
}
