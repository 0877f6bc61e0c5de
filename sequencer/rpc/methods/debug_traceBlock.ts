import { RLP } from "@ethereumjs/rlp";
import { z } from "zod";
import { bytesToHex, keccak256 } from "../../../protocol/index.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { bytes } from "../schema/hex.ts";
import { traceConfig } from "../trace/traceConfig.ts";
import { traceWholeBlock } from "../trace/traceWholeBlock.ts";

/** The hash of a block given as RLP: of its header, its first part. */
function blockHashOf(rlp: Uint8Array): Uint8Array {
  let header: unknown;
  try {
    const decoded = RLP.decode(rlp);
    header = Array.isArray(decoded) ? decoded[0] : undefined;
    if (Array.isArray(header)) return keccak256(RLP.encode(header));
  } catch (cause) {
    throw serverError(`could not decode block: ${cause instanceof Error ? cause.message : "not RLP"}`);
  }
  throw serverError("could not decode block: rlp: expected a block");
}

/** Blocks of this chain only: its own copy is the one that runs. */
export const debug_traceBlock = defineMethod({
  name: "debug_traceBlock",
  summary: "How the transactions of a block, given as RLP, ran",
  params: z.tuple([bytes().describe("block"), traceConfig().optional()]),
  handler: async (context, [rlp, config], caller) => {
    const hash = blockHashOf(rlp);
    const block = await context.blocks.byHash(hash);
    if (block === undefined) throw serverError(`block ${bytesToHex(hash)} not found`);
    return traceWholeBlock(context, caller, block, config);
  },
});
