import { z } from "zod";
import { hotLocations } from "../executions/hotLocations.ts";
import { formatContended } from "../format/execution.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { invalidParams } from "../json-rpc/rpcError.ts";
import { smallQuantity } from "../schema/hex.ts";

const DEFAULT_BLOCKS = 100;

/**
 * A block keeps its ten most contended locations, so that the sums are lower bounds: a location that was wanted a little
 * everywhere may be missing, one that was wanted much is not.
 */
export const braid_getHotSlots = defineMethod({
  name: "braid_getHotSlots",
  summary: "The locations that most transactions of the last blocks wanted, and how often that ran one again",
  params: z.tuple([smallQuantity("blockCount").optional()]),
  handler: async ({ chain, heads, limits }, [given]) => {
    const blockCount = given ?? Math.min(DEFAULT_BLOCKS, limits.hotSlotBlocks);
    if (blockCount === 0) throw invalidParams("blockCount must be at least 1");
    if (blockCount > limits.hotSlotBlocks) {
      throw invalidParams(
        `blockCount is ${blockCount}, at most ${limits.hotSlotBlocks} blocks are looked at`,
      );
    }
    const toBlock = heads.heads().latest.number;
    const fromBlock = Math.max(0, toBlock - blockCount + 1);
    const hot = hotLocations(await chain.contendedLocations({ fromBlock, toBlock }));
    return {
      fromBlock: quantity(fromBlock),
      toBlock: quantity(toBlock),
      slots: hot.slice(0, limits.hotSlotResults).map((location) => ({
        ...formatContended(location),
        blocks: quantity(location.blocks),
      })),
    };
  },
});
