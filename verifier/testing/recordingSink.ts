import { deepStrictEqual } from "node:assert";
import type { ExecutedBlock } from "../../executor/index.ts";
import { type BlockRef, InvariantError } from "../../protocol/index.ts";
import type { BlockPlace, BlockSink, L1Batch } from "../types.ts";

/** Holds what it is given, as an archive does, and checks the order of the calls. */
export class RecordingSink implements BlockSink {
  readonly blocks: ExecutedBlock[] = [];
  readonly places: BlockPlace[] = [];
  readonly batches: L1Batch[] = [];
  readonly rewinds: number[] = [];
  heads = { proven: 0, finalized: 0 };

  async head(): Promise<BlockRef | undefined> {
    const block = this.blocks.at(-1)?.block;
    return block === undefined ? undefined : { number: block.header.number, hash: block.hash };
  }
  async append(executed: ExecutedBlock, place: BlockPlace): Promise<void> {
    const { number } = executed.block.header;
    if (number === this.blocks.length - 1) return;
    if (number !== this.blocks.length)
      throw new InvariantError(`block ${number} after ${this.blocks.length - 1}`);
    this.blocks.push(executed);
    this.places.push(place);
  }
  async batchVerified(batch: L1Batch): Promise<void> {
    deepStrictEqual(batch.header.lastBlock, this.blocks.length - 1);
    if (this.batches.at(-1)?.header.number !== batch.header.number) this.batches.push(batch);
  }
  async rewind(toBlock: number): Promise<void> {
    this.rewinds.push(toBlock);
    this.blocks.length = Math.min(this.blocks.length, toBlock + 1);
    this.places.length = this.blocks.length;
    const kept = this.batches.filter(({ header }) => header.lastBlock <= toBlock);
    this.batches.splice(0, this.batches.length, ...kept);
  }
  async settled(heads: { proven: number; finalized: number }): Promise<void> {
    this.heads = heads;
  }
}
