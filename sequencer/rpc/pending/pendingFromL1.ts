import { bytesEqual, type ChainConfig, type Transaction } from "../../../protocol/index.ts";
import { MOST_MESSAGES, takeFromL1 } from "../../block-builder/takeFromL1.ts";
import type { ChainStore, L1Chain } from "../../chain-store/index.ts";

/**
 * What the block after this one would take from L1: attributes, deposits, forced transactions. Nothing while L1 is
 * being reorganized below the chain, or before anything is known of it.
 */
export async function pendingFromL1(
  { chain, l1Chain }: { chain: Pick<ChainStore, "l1Position">; l1Chain: L1Chain },
  config: ChainConfig,
  blockNumber: number,
): Promise<Transaction[]> {
  const position = await chain.l1Position(blockNumber);
  const origin = await l1Chain.newest();
  if (position === undefined || origin === undefined || origin.number < position.originNumber) return [];
  if (origin.number === position.originNumber && !bytesEqual(origin.hash, position.originHash)) return [];
  const messages = await l1Chain.pending(position.messagesConsumed, origin.number, MOST_MESSAGES);
  return takeFromL1(position, { origin, messages }, config).transactions;
}
