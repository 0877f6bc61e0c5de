import { z } from "zod";
import { checksumAddress } from "../../../executor/index.ts";
import type { Transaction } from "../../../protocol/index.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { formatPool, wholePool } from "../pending/poolContent.ts";

function describe({ to, value, gasLimit, maxFeePerGas }: Transaction): string {
  const target = to === undefined ? "contract creation" : checksumAddress(to);
  return `${target}: ${value} wei + ${gasLimit} gas × ${maxFeePerGas} wei`;
}

export const txpool_inspect = defineMethod({
  name: "txpool_inspect",
  summary: "All transactions in the pool, one line each, by sender and nonce",
  params: z.tuple([]),
  limits: ["poolContent"],
  handler: async (context) => formatPool(await wholePool(context), describe),
});
