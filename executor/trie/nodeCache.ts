import type { TrieNode } from "./trieNode.ts";

/**
 * A bounded cache in two generations: a full young generation becomes the old one and what was old is dropped; a hit
 * in the old one moves up. Keeps what is used again, at the price of a plain map instead of a linked list.
 */
export class NodeCache {
  readonly #generationSize: number;
  #young = new Map<string, TrieNode>();
  #old = new Map<string, TrieNode>();

  constructor(maxNodes: number) {
    this.#generationSize = Math.max(1, maxNodes >> 1);
  }

  get(key: string): TrieNode | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, node: TrieNode): void {
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, node);
  }
}
