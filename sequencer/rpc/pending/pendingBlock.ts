import type { BlockEnvironment } from "../../../executor/index.ts";
import type { Block, BlockHeader, StateDiff } from "../../../protocol/index.ts";

/** The block that would be sealed now, executed. It may look different a moment later. */
export interface PendingBlock {
  /** Its hash is what the header hashes to now; clients are not told it, as in geth. */
  block: Block;
  parent: { header: BlockHeader; hash: Uint8Array };
  /** Against the parent's state. */
  changes: StateDiff;
  environment: BlockEnvironment;
}
