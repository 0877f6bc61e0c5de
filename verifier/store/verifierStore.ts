/**
 * What a verifier keeps besides the state: L1's events as far as they were read, and where each block that was executed
 * stands. A write is on disk when its promise resolves, so the state store, which is written after it, is never ahead of
 * it; neither after a killed process nor after a machine that failed.
 *
 * The canonical batch of a number is the last that was committed under it, up to {@link VerifierStore.lastBatch}: the
 * rollup numbers batches without gaps, and taking batches back only lowers the last number. So forgetting L1's newest
 * events is all that a reorganization of L1 takes.
 */
import { type Database, open, type RootDatabase } from "lmdb";
import type { StateDiff } from "../../protocol/index.ts";
import { decodeStateDiff, encodeStateDiff } from "../../protocol/index.ts";
import type { BatchEvent, L1Message } from "../l1/l1Types.ts";
import type { BlockRecord, ChainIdentity, L1Point, L1Step } from "./records.ts";

type EventKey = [l1Block: number, logIndex: number];
type CommitKey = [number: number, l1Block: number, logIndex: number];
/** `last`: the last batch after it. */
type ChainEvent = { last: number };

export class VerifierStore {
  readonly #root: RootDatabase;
  readonly #meta: Database<unknown, string>;
  readonly #points: Database<L1Point, number>;
  readonly #events: Database<ChainEvent, EventKey>;
  readonly #commits: Database<BatchEvent, CommitKey>;
  readonly #messages: Database<L1Message, number>;
  readonly #blocks: Database<BlockRecord, number>;
  readonly #diffs: Database<Uint8Array, number>;

  private constructor(root: RootDatabase) {
    this.#root = root;
    this.#meta = root.openDB({ name: "meta" });
    this.#points = root.openDB({ name: "point" });
    this.#events = root.openDB({ name: "event" });
    this.#commits = root.openDB({ name: "commit" });
    this.#messages = root.openDB({ name: "message" });
    this.#blocks = root.openDB({ name: "block" });
    this.#diffs = root.openDB({ name: "diff", encoding: "binary" });
  }

  static open(directory: string): VerifierStore {
    // Without overlapping syncs a commit is flushed before its promise resolves.
    return new VerifierStore(open({ path: directory, noSubdir: false, overlappingSync: false, maxDbs: 8 }));
  }

  async close(): Promise<void> {
    await this.#root.close();
  }

  identity(): ChainIdentity | undefined {
    const value: unknown = this.#meta.get("identity");
    return isIdentity(value) ? value : undefined;
  }

  async identify(identity: ChainIdentity): Promise<void> {
    await this.#meta.put("identity", identity);
  }

  /** The newest L1 block that was read. */
  tip(): L1Point | undefined {
    for (const { value } of this.#points.getRange({ reverse: true, limit: 1 })) return value;
    return undefined;
  }

  /** The newest read point before this L1 block. */
  pointBefore(l1Block: number): L1Point | undefined {
    for (const { value } of this.#points.getRange({ start: l1Block - 1, reverse: true, limit: 1 }))
      return value;
    return undefined;
  }

  /** Events of the L1 blocks up to `step.to`, all or nothing. */
  async appendL1(step: L1Step): Promise<void> {
    await this.#root.transaction(() => {
      for (const batch of step.batches) {
        const { header, l1Block, logIndex } = batch;
        this.#commits.put([header.number, l1Block.number, logIndex], batch);
        this.#events.put([l1Block.number, logIndex], { last: header.number });
      }
      for (const { from, l1Block, logIndex } of step.reverts) {
        this.#events.put([l1Block, logIndex], { last: from - 1 });
      }
      for (const message of step.messages) this.#messages.put(message.index, message);
      this.#points.put(step.to.number, step.to);
    });
  }

  /** L1 has other blocks after this one. */
  async forgetL1After({ number }: L1Point): Promise<void> {
    await this.#root.transaction(() => {
      for (const key of this.#points.getKeys({ start: number + 1 })) this.#points.remove(key);
      for (const key of this.#events.getKeys({ start: [number + 1, 0] })) this.#events.remove(key);
      for (const key of this.#commits.getKeys()) if (key[1] > number) this.#commits.remove(key);
      for (const { key, value } of this.#messages.getRange({ reverse: true })) {
        if (value.l1Block <= number) break;
        this.#messages.remove(key);
      }
    });
  }

  /** 0: the genesis, or nothing read yet. */
  lastBatch(): number {
    for (const { value } of this.#events.getRange({ reverse: true, limit: 1 })) return value.last;
    return 0;
  }

  /** As L1 has it now. */
  batch(number: number): BatchEvent | undefined {
    if (number > this.lastBatch()) return undefined;
    const [newest, oldest]: [CommitKey, CommitKey] = [
      [number, Number.MAX_SAFE_INTEGER, 0],
      [number, -1, 0],
    ];
    for (const { value } of this.#commits.getRange({ start: newest, end: oldest, reverse: true, limit: 1 })) {
      return value;
    }
    return undefined;
  }

  message(index: number): L1Message | undefined {
    return this.#messages.get(index);
  }

  messageCount(): number {
    for (const key of this.#messages.getKeys({ reverse: true, limit: 1 })) return key + 1;
    return 0;
  }

  block(number: number): BlockRecord | undefined {
    return this.#blocks.get(number);
  }

  /** Before the block's state is committed. */
  async putBlock(record: BlockRecord, diff: StateDiff): Promise<void> {
    const encoded = encodeStateDiff(diff);
    await this.#root.transaction(() => {
      this.#blocks.put(record.number, record);
      this.#diffs.put(record.number, encoded);
    });
  }

  /** Diffs of the blocks from `from` to `to`, oldest first. */
  async *diffs(from: number, to: number): AsyncIterable<{ diff: StateDiff }> {
    for (let number = from; number <= to; number++) {
      const encoded = this.#diffs.get(number);
      if (encoded !== undefined) yield { diff: decodeStateDiff(encoded) };
    }
  }

  async forgetBlocksAfter(number: number): Promise<void> {
    await this.#root.transaction(() => {
      for (const key of this.#blocks.getKeys({ start: number + 1 })) this.#blocks.remove(key);
      for (const key of this.#diffs.getKeys({ start: number + 1 })) this.#diffs.remove(key);
    });
  }

  /** The last batch that the sink was told of. */
  batchTold(): number {
    const value: unknown = this.#meta.get("told");
    return typeof value === "number" ? value : 0;
  }

  async tellBatch(number: number): Promise<void> {
    await this.#meta.put("told", number);
  }
}

function isIdentity(value: unknown): value is ChainIdentity {
  return typeof value === "object" && value !== null && "l1ChainId" in value && "rollup" in value;
}
