import type { Transaction } from "../../protocol/index.ts";
import type { SenderContent } from "./types.ts";

/** One sender's transactions, sorted by nonce, from `stateNonce` on: those without a gap before them, and the others. */
export function divideByGap(
  sender: Uint8Array,
  transactions: readonly Transaction[],
  stateNonce: bigint,
): SenderContent {
  const content: SenderContent = { sender, pending: [], queued: [] };
  let following = stateNonce;
  for (const transaction of transactions) {
    if (transaction.nonce < stateNonce) continue;
    if (transaction.nonce === following) {
      content.pending.push(transaction);
      following++;
    } else content.queued.push(transaction);
  }
  return content;
}
