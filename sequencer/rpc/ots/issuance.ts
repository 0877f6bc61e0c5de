import type { Block } from "../../../protocol/index.ts";
import type { ForkConfig } from "../forks/forkConfig.ts";
import { quantity } from "../format/quantity.ts";

const ETHER = 10n ** 18n;

/** A miner's reward under proof of work: EIP-649 and EIP-1234 lowered it. */
function rewardAt(number: number, { rewardForks }: ForkConfig): bigint {
  const { byzantium, constantinople } = rewardForks;
  if (constantinople !== undefined && number >= constantinople) return 2n * ETHER;
  if (byzantium !== undefined && number >= byzantium) return 3n * ETHER;
  return 5n * ETHER;
}

/** Ether that a block created: rewards of proof of work, so nothing on Braid's own chain and since the merge. */
export function issuanceOf({ header, ethereum }: Block, forks: ForkConfig | undefined) {
  const mined = forks !== undefined && header.number > 0 && (header.ethereum?.difficulty ?? 0n) > 0n;
  const base = mined ? rewardAt(header.number, forks) : 0n;
  const uncles = mined ? (ethereum?.uncles ?? []) : [];
  const uncleReward = uncles.reduce(
    (sum, uncle) => sum + (BigInt(uncle.header.number + 8 - header.number) * base) / 8n,
    0n,
  );
  const blockReward = base + (BigInt(uncles.length) * base) / 32n;
  return {
    blockReward: quantity(blockReward),
    uncleReward: quantity(uncleReward),
    issuance: quantity(blockReward + uncleReward),
  };
}
