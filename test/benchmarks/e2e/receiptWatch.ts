import { setTimeout as pause } from "node:timers/promises";
import type { HttpConnections } from "./httpConnections.ts";

const POLL_MS = 15;

interface BlockReceipt {
  transactionHash: string;
  status: string;
}

/** Follows a node's blocks and notes when the receipt of each transaction could first be read. */
export class ReceiptWatch {
  /** Hash → `performance.now()` when its receipt was in our hands. */
  readonly seen = new Map<string, number>();
  failed = 0;
  private readonly connections: HttpConnections;
  private next = 0;
  private running = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(connections: HttpConnections) {
    this.connections = connections;
  }

  async start(): Promise<void> {
    this.next = Number(await this.connections.call("eth_blockNumber", [])) + 1;
    this.running = true;
    this.loop = this.follow();
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  private async follow(): Promise<void> {
    while (this.running) {
      const head = Number(await this.connections.call("eth_blockNumber", []));
      while (this.next <= head) await this.read(this.next++);
      await pause(POLL_MS);
    }
  }

  private async read(number: number): Promise<void> {
    const block = `0x${number.toString(16)}`;
    const receipts = (await this.connections.call("eth_getBlockReceipts", [block])) as BlockReceipt[];
    const now = performance.now();
    for (const { transactionHash, status } of receipts) {
      this.seen.set(transactionHash, now);
      if (status !== "0x1") this.failed++;
    }
  }
}
