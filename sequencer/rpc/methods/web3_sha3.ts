import { z } from "zod";
import { bytesToHex, keccak256 } from "../../../protocol/index.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { bytes } from "../schema/hex.ts";

export const web3_sha3 = defineMethod({
  name: "web3_sha3",
  summary: "Keccak-256 of the given bytes",
  params: z.tuple([bytes().describe("data")]),
  handler: (_context, [data]) => bytesToHex(keccak256(data)),
});
