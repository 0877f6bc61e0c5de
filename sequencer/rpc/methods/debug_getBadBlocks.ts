import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";

/** Blocks come from the sequencer alone, which checks before it seals: none is ever kept as bad. */
export const debug_getBadBlocks = defineMethod({
  name: "debug_getBadBlocks",
  summary: "Blocks that were refused: none",
  params: z.tuple([]),
  handler: () => [],
});
