import { bytesToHex, type Hex } from "../bytes.ts";
import type { Block } from "./block.ts";

/** An account and the places in the block, ascending, of the transactions that touched it. */
export interface AccountInBlock {
  /** 20 bytes. */
  address: Uint8Array;
  indices: number[];
}

/** What of a block decides which accounts its transactions touched. */
export interface TouchingTransaction {
  sender: Uint8Array;
  to: Uint8Array | undefined;
  contractAddress: Uint8Array | undefined;
  /** Addresses of its logs: those contracts ran. */
  emitters: Uint8Array[];
  /** What its execution touched, when that is known: calls between contracts, transfers of their own. */
  touched: { address: Uint8Array }[];
}

/**
 * The accounts of a block: senders, recipients, created contracts, contracts that logged, and whatever else execution
 * touched. The fee recipient of every transaction is left out unless a transaction looked at it.
 */
export function accountsOfTransactions(transactions: Iterable<TouchingTransaction>): AccountInBlock[] {
  const accounts = new Map<Hex, AccountInBlock>();
  let index = 0;
  for (const { sender, to, contractAddress, emitters, touched } of transactions) {
    const touch = (address: Uint8Array) => {
      const key = bytesToHex(address);
      const known = accounts.get(key);
      if (known === undefined) accounts.set(key, { address, indices: [index] });
      else if (known.indices.at(-1) !== index) known.indices.push(index);
    };
    touch(sender);
    if (to !== undefined) touch(to);
    if (contractAddress !== undefined) touch(contractAddress);
    for (const address of emitters) touch(address);
    for (const { address } of touched) touch(address);
    index++;
  }
  return [...accounts.values()];
}

export function accountsOfBlock(
  { transactions, receipts }: Pick<Block, "transactions" | "receipts">,
  executions: readonly Pick<TouchingTransaction, "touched">[] = [],
): AccountInBlock[] {
  return accountsOfTransactions(
    transactions.map(({ sender, to }, index) => {
      const receipt = receipts[index];
      return {
        sender,
        to,
        contractAddress: receipt?.contractAddress,
        emitters: (receipt?.logs ?? []).map(({ address }) => address),
        touched: executions[index]?.touched ?? [],
      };
    }),
  );
}
