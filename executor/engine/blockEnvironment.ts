import type { BlockInput } from "../../protocol/index.ts";

/** What the transactions of a block see of it: all of its input but themselves. */
export type BlockEnvironment = Omit<BlockInput, "transactions">;
