import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { contractCreator } from "../ots/contractCreator.ts";
import { address } from "../schema/hex.ts";

export const ots_getContractCreator = defineMethod({
  name: "ots_getContractCreator",
  summary:
    "The transaction that created a contract, and the account whose code or signature did; null for no contract",
  params: z.tuple([address()]),
  handler: async (context, [account], caller) => (await contractCreator(context, caller, account)) ?? null,
});
