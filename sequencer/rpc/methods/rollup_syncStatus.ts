import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

async function blockRef({ blocks }: RpcContext, number: number) {
  const found = await blocks.headerByNumber(number);
  return { number: quantity(number), hash: found === undefined ? null : bytesToHex(found.hash) };
}

export const rollup_syncStatus = defineMethod({
  name: "rollup_syncStatus",
  summary:
    "The heads: latest, safe (its batch is on L1) and finalized (final on L1); the last batch, how many are not on L1 " +
    "yet, and a prover's refusal, if one stops proving and finalizing",
  params: z.tuple([]),
  handler: async (context) => {
    const { chain } = context;
    const { latest, safe, finalized } = context.heads.heads();
    const [batch, unposted, refusal] = await Promise.all([
      chain.lastBatch(),
      chain.countUnposted(),
      chain.firstRefusal(),
    ]);
    return {
      latest: { number: quantity(latest.number), hash: bytesToHex(latest.hash) },
      safe: await blockRef(context, safe),
      finalized: await blockRef(context, finalized),
      lastBatch: batch === undefined ? null : { number: quantity(batch.number), status: batch.status },
      unpostedBatches: quantity(unposted),
      refusal:
        refusal === undefined ? null : { batchNumber: quantity(refusal.number), reason: refusal.refusal },
    };
  },
});
