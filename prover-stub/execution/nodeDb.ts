import { type BatchDBOp, type DB, hexToBytes } from "@ethereumjs/util";
import type { WitnessNodes } from "../../executor/index.ts";
import { InvariantError } from "../../protocol/index.ts";

/**
 * What EthereumJS's tries read and write: nodes written by the batch, over those of its witness.
 *
 * A node that neither has is an error of ours. EthereumJS takes a missing node for an absent key: a witness that keeps
 * something back would change what execution sees.
 */
export class NodeDb implements DB<string, string | Uint8Array> {
  private readonly witness: WitnessNodes;
  private readonly written = new Map<string, Uint8Array>();

  constructor(witness: WitnessNodes) {
    this.witness = witness;
  }

  async get(key: string): Promise<Uint8Array> {
    return this.written.get(key) ?? this.witness.node(hexToBytes(`0x${key}`));
  }

  async put(key: string, value: string | Uint8Array): Promise<void> {
    if (typeof value === "string") throw new InvariantError("a trie node is bytes");
    this.written.set(key, value);
  }

  async del(key: string): Promise<void> {
    this.written.delete(key);
  }

  async batch(operations: BatchDBOp<string, string | Uint8Array>[]): Promise<void> {
    for (const operation of operations) {
      if (operation.type === "put") await this.put(operation.key, operation.value);
      else await this.del(operation.key);
    }
  }

  async open(): Promise<void> {
    // It is there from the beginning.
  }

  shallowCopy(): DB<string, string | Uint8Array> {
    return this;
  }
}
