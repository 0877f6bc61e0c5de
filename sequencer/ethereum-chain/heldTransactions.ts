import { bytesToHex, type Transaction } from "../../protocol/index.ts";
import { type Mempool, MempoolError } from "../mempool/index.ts";

/** A pool in memory: what is sent to an imported chain is held and shown, and never mined. */
export interface HeldTransactions extends Mempool {
  /** Returns the function that ends it. */
  onTransaction(listener: (transaction: Transaction) => void): () => void;
  /** All of it, by sender, then nonce. */
  all(): Transaction[];
}

interface Held {
  transaction: Transaction;
  receivedAt: number;
}

const CAPACITY = 10_000;
/** geth's: a replacement pays a tenth more, of the fee cap and of the tip. */
const REPLACEMENT_PERCENT = 110n;

/** `stateNonce`: the sender's next nonce. */
export function createHeldTransactions(stateNonce: (sender: Uint8Array) => bigint): HeldTransactions {
  const byHash = new Map<string, Held>();
  /** Sender → nonce → transaction. */
  const bySender = new Map<string, Map<bigint, Held>>();
  const listeners = new Set<(transaction: Transaction) => void>();

  function split(sender: Uint8Array, next: bigint) {
    const held = bySender.get(bytesToHex(sender)) ?? new Map<bigint, Held>();
    const transactions = [...held.values()]
      .map(({ transaction }) => transaction)
      .sort((a, b) => (a.nonce < b.nonce ? -1 : 1));
    let nonce = next;
    const pending: Transaction[] = [];
    const queued: Transaction[] = [];
    for (const transaction of transactions) {
      if (transaction.nonce === nonce) {
        pending.push(transaction);
        nonce++;
      } else if (transaction.nonce > nonce) {
        queued.push(transaction);
      }
    }
    return { pending, queued, nonce };
  }

  const senders = () =>
    [...bySender.values()].flatMap((held) => {
      const first = [...held.values()][0];
      return first === undefined ? [] : [first.transaction.sender];
    });

  return {
    async add(transaction) {
      const hash = bytesToHex(transaction.hash);
      if (byHash.has(hash)) throw new MempoolError("MEMPOOL_ALREADY_KNOWN", "already known");
      const sender = bytesToHex(transaction.sender);
      const held = bySender.get(sender) ?? new Map<bigint, Held>();
      const replaced = held.get(transaction.nonce);
      if (replaced !== undefined) checkReplacement(transaction, replaced.transaction);
      else if (byHash.size >= CAPACITY) throw new MempoolError("MEMPOOL_FULL", "txpool is full");
      if (replaced !== undefined) byHash.delete(bytesToHex(replaced.transaction.hash));
      const entry = { transaction, receivedAt: Date.now() };
      held.set(transaction.nonce, entry);
      bySender.set(sender, held);
      byHash.set(hash, entry);
      for (const listener of listeners) listener(transaction);
    },
    get: async (hash) => byHash.get(bytesToHex(hash))?.transaction,
    receivedAt: async (hash) => byHash.get(bytesToHex(hash))?.receivedAt,
    ofSender: async (sender, next) => {
      const { pending, queued } = split(sender, next);
      return { sender, pending, queued };
    },
    nextNonce: async (sender, next) => split(sender, next).nonce,
    status: async () => {
      const parts = senders().map((sender) => split(sender, stateNonce(sender)));
      return {
        pending: parts.reduce((sum, { pending }) => sum + pending.length, 0),
        queued: parts.reduce((sum, { queued }) => sum + queued.length, 0),
      };
    },
    onTransaction(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    all: () =>
      senders().flatMap((sender) => {
        const { pending, queued } = split(sender, stateNonce(sender));
        return [...pending, ...queued];
      }),
  };
}

function checkReplacement(transaction: Transaction, replaced: Transaction): void {
  const raised = (after: bigint, before: bigint) => after * 100n >= before * REPLACEMENT_PERCENT;
  if (
    raised(transaction.maxFeePerGas, replaced.maxFeePerGas) &&
    raised(transaction.maxPriorityFeePerGas, replaced.maxPriorityFeePerGas)
  ) {
    return;
  }
  throw new MempoolError("MEMPOOL_REPLACEMENT_UNDERPRICED", "replacement transaction underpriced");
}
