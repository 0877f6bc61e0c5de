import { bytesToHex, effectiveTip, type Transaction } from "../../protocol/index.ts";
import { divideByGap } from "./divideByGap.ts";
import type { PoolEntry } from "./poolEntry.ts";
import { PriorityHeap } from "./priorityHeap.ts";
import type { SelectionLimits, SenderContent } from "./types.ts";

interface SenderQueue {
  sender: Uint8Array;
  /** Nonce of the sender's next transaction at `latest`. */
  next: bigint;
  byNonce: Map<bigint, PoolEntry>;
  /** Transactions without gap from `next` on. */
  run: number;
}

interface Candidate {
  entry: PoolEntry;
  queue: SenderQueue;
  tip: bigint;
}

/**
 * The pool in the block builder's memory: by sender and nonce. A sender is ready when the transaction with its next
 * nonce is here. Adding and removing are idempotent, so events may overlap a loaded snapshot.
 */
export class PoolMirror {
  readonly #senders = new Map<string, SenderQueue>();
  readonly #ready = new Set<SenderQueue>();
  readonly #stateNonce: (sender: Uint8Array) => bigint;
  #executable = 0;

  constructor(stateNonce: (sender: Uint8Array) => bigint) {
    this.#stateNonce = stateNonce;
  }

  get readySenders(): number {
    return this.#ready.size;
  }

  /** Transactions that nothing but the limits of a block keeps out. */
  get executable(): number {
    return this.#executable;
  }

  /** False when the sender's nonce has passed it: it can never be included. */
  add(entry: PoolEntry): boolean {
    const { sender, nonce } = entry.transaction;
    const key = bytesToHex(sender);
    let queue = this.#senders.get(key);
    if (queue === undefined) {
      queue = { sender, next: this.#stateNonce(sender), byNonce: new Map(), run: 0 };
      this.#senders.set(key, queue);
    } else if (nonce > queue.next && !queue.byNonce.has(queue.next)) {
      this.#moveTo(queue, this.#stateNonce(sender));
    }
    const known = queue.byNonce.get(nonce);
    // A replacement arrives later than what it replaces.
    const isNewest = known === undefined || known.sequence < entry.sequence;
    if (nonce >= queue.next && isNewest) queue.byNonce.set(nonce, entry);
    this.#tidy(key, queue);
    return nonce >= queue.next;
  }

  remove(sender: Uint8Array, hash: Uint8Array): Transaction | undefined {
    const key = bytesToHex(sender);
    const queue = this.#senders.get(key);
    if (queue === undefined) return undefined;
    for (const [nonce, { transaction }] of queue.byNonce) {
      if (Buffer.compare(transaction.hash, hash) !== 0) continue;
      queue.byNonce.delete(nonce);
      if (nonce >= queue.next) this.#setRun(queue, Math.min(queue.run, Number(nonce - queue.next)));
      this.#tidy(key, queue);
      return transaction;
    }
    return undefined;
  }

  /** The sender's next nonce moved up: a block included its transactions. */
  advance(sender: Uint8Array, next: bigint): void {
    const key = bytesToHex(sender);
    const queue = this.#senders.get(key);
    if (queue === undefined) return;
    this.#moveTo(queue, next);
    this.#tidy(key, queue);
  }

  /** Takes the nonce from the state: a transaction of this sender was dropped. */
  refresh(sender: Uint8Array): void {
    this.advance(sender, this.#stateNonce(sender));
  }

  /** An EIP-7702 authorization moves the nonce of an account that sent nothing: whoever waits may be ready now. */
  refreshWaiting(): void {
    for (const queue of [...this.#senders.values()]) if (!this.#ready.has(queue)) this.refresh(queue.sender);
  }

  /** See {@link SelectionLimits}. A sender that a limit or the base fee closes is left out from there on. */
  select(limits: SelectionLimits): Transaction[] {
    const heap = new PriorityHeap<Candidate>(
      (a, b) => a.tip > b.tip || (a.tip === b.tip && a.entry.sequence < b.entry.sequence),
    );
    const offer = (queue: SenderQueue, nonce: bigint) => {
      const entry = queue.byNonce.get(nonce);
      if (entry === undefined) return;
      const tip = effectiveTip(entry.transaction, limits.baseFeePerGas);
      if (tip >= 0n) heap.push({ entry, queue, tip });
    };
    for (const queue of this.#ready) offer(queue, queue.next);
    const selected: Transaction[] = [];
    for (let best = heap.pop(); best !== undefined; best = heap.pop()) {
      const { transaction, condition } = best.entry;
      if (!limits.accept(transaction, condition)) continue;
      selected.push(transaction);
      offer(best.queue, transaction.nonce + 1n);
    }
    return selected;
  }

  get size(): number {
    let size = 0;
    for (const { byNonce } of this.#senders.values()) size += byNonce.size;
    return size;
  }

  /** Everything here, by sender. */
  content(): SenderContent[] {
    return [...this.#senders.values()].map(({ sender, next, byNonce }) => {
      const transactions = [...byNonce.values()].map(({ transaction }) => transaction);
      transactions.sort((a, b) => (a.nonce < b.nonce ? -1 : 1));
      return divideByGap(sender, transactions, next);
    });
  }

  /** The nonce at `latest` only grows; what lies below it is mined or void. */
  #moveTo(queue: SenderQueue, next: bigint): void {
    if (next <= queue.next) return;
    for (const nonce of queue.byNonce.keys()) if (nonce < next) queue.byNonce.delete(nonce);
    this.#setRun(queue, Math.max(0, queue.run - Number(next - queue.next)));
    queue.next = next;
  }

  #setRun(queue: SenderQueue, run: number): void {
    this.#executable += run - queue.run;
    queue.run = run;
  }

  #tidy(key: string, queue: SenderQueue): void {
    let run = queue.run;
    while (queue.byNonce.has(queue.next + BigInt(run))) run++;
    this.#setRun(queue, run);
    if (run > 0) this.#ready.add(queue);
    else this.#ready.delete(queue);
    if (queue.byNonce.size === 0) this.#senders.delete(key);
  }
}
