/**
 * First come, first served within a client; clients are served in turn, so that one who asks for much does not keep
 * the others waiting.
 */
export class FairQueue<Item> {
  private readonly byClient = new Map<string, Item[]>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  push(client: string, item: Item): void {
    const waiting = this.byClient.get(client);
    if (waiting === undefined) this.byClient.set(client, [item]);
    else waiting.push(item);
    this.count++;
  }

  /** Before all others: for what had its turn already. */
  pushFirst(client: string, item: Item): void {
    const waiting = this.byClient.get(client) ?? [];
    const others = [...this.byClient].filter(([name]) => name !== client);
    this.byClient.clear();
    this.byClient.set(client, [item, ...waiting]);
    for (const [name, items] of others) this.byClient.set(name, items);
    this.count++;
  }

  /** The map keeps the order of turns: who was served goes to its end. */
  shift(): Item | undefined {
    for (const [client, waiting] of this.byClient) {
      const item = waiting.shift();
      this.byClient.delete(client);
      if (waiting.length > 0) this.byClient.set(client, waiting);
      if (item === undefined) continue;
      this.count--;
      return item;
    }
    return undefined;
  }

  /** False when it no longer waits. */
  remove(client: string, item: Item): boolean {
    const waiting = this.byClient.get(client) ?? [];
    const at = waiting.lastIndexOf(item);
    if (at < 0) return false;
    waiting.splice(at, 1);
    if (waiting.length === 0) this.byClient.delete(client);
    this.count--;
    return true;
  }

  drain(): Item[] {
    const items = [...this.byClient.values()].flat();
    this.byClient.clear();
    this.count = 0;
    return items;
  }
}
