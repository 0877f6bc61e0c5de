import { bytesToHex, type Transaction } from "../../protocol/index.ts";
import { divideByGap } from "./divideByGap.ts";
import type { SenderContent } from "./types.ts";

/** Transactions of any senders, each sender's sorted by nonce. */
export function contentBySender(
  transactions: readonly Transaction[],
  stateNonce: (sender: Uint8Array) => bigint,
): SenderContent[] {
  const bySender = new Map<string, Transaction[]>();
  for (const transaction of transactions) {
    const key = bytesToHex(transaction.sender);
    const own = bySender.get(key);
    if (own === undefined) bySender.set(key, [transaction]);
    else own.push(transaction);
  }
  return [...bySender.values()].flatMap((own) => {
    const sender = own[0]?.sender;
    return sender === undefined ? [] : [divideByGap(sender, own, stateNonce(sender))];
  });
}
