import { z } from "zod";
import { bytesToHex, hexToBytes } from "../../../protocol/index.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { invalidParams } from "../json-rpc/rpcError.ts";
import { bytes, bytesProblem } from "../schema/hex.ts";

/** The schema's check by hand: this runs thousands of times a second. */
function parse(params: unknown[]): [Uint8Array] {
  const raw = params[0];
  if (params.length > 1) throw invalidParams("too many arguments, want at most 1");
  if (raw === undefined || raw === null) throw invalidParams("missing value for required argument 0");
  const problem = bytesProblem(raw);
  if (problem !== undefined || typeof raw !== "string") {
    throw invalidParams(`invalid argument 0: ${problem}`);
  }
  return [hexToBytes(raw.slice(2))];
}

/** Answers once the pool holds the transaction durably. */
export const eth_sendRawTransaction = defineMethod({
  name: "eth_sendRawTransaction",
  summary: "Submits a signed transaction",
  params: z.tuple([bytes().describe("transaction")]),
  parse,
  unbounded: true,
  handler: async (context, [raw]) => {
    const hash = bytesToHex(await context.admission.admit(raw));
    context.submitted.add(hash);
    return hash;
  },
});
