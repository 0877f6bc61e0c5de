import { z } from "zod";

import { defineMethod } from "../json-rpc/method.ts";

export const eth_blobBaseFee = defineMethod({
  name: "eth_blobBaseFee",
  summary: "One wei: there are no blobs on L2",
  params: z.tuple([]),
  handler: () => "0x1",
});
