import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

export const rollup_syncStatus = defineMethod({
  name: "rollup_syncStatus",
  summary: "The heads: latest, safe (its batch is on L1) and finalized (final on L1)",
  params: z.tuple([]),
  handler: (context) => {
    const { latest, safe, finalized } = context.heads.heads();
    return {
      latest: { number: quantity(latest.number), hash: bytesToHex(latest.hash) },
      safe: { number: quantity(safe) },
      finalized: { number: quantity(finalized) },
    };
  },
});
