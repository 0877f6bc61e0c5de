import type { TypedDataDefinition } from "viem";
import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { eth_sendRawTransaction } from "../../rpc/methods/eth_sendRawTransaction.ts";
import { callRequest } from "../../rpc/schema/callRequest.ts";
import { address, bytes, checked } from "../../rpc/schema/hex.ts";
import { complete, sendTransaction, signer, signTransaction } from "../sendTransaction.ts";
import { devMethod } from "./devMethod.ts";

/** Parsed, with the text that the client sent: an estimate takes that. */
const request = () =>
  z
    .unknown()
    .transform((given, context) => {
      const parsed = callRequest().safeParse(given);
      if (parsed.success) return { given, request: parsed.data };
      for (const issue of parsed.error.issues) {
        context.issues.push({ code: "custom", message: issue.message, path: issue.path, input: given });
      }
      return z.NEVER;
    })
    .describe("transaction");

const typedDataShape = z.object({
  types: z.record(z.string(), z.array(z.object({ name: z.string(), type: z.string() }))),
  primaryType: z.string(),
  domain: z.record(z.string(), z.unknown()).optional(),
  message: z.record(z.string(), z.unknown()),
});

const isTypedData = (value: unknown): value is TypedDataDefinition => typedDataShape.safeParse(value).success;

/** EIP-712 data as an object, or as its JSON text. */
const typedData = checked<TypedDataDefinition>((input) => {
  const value = typeof input === "string" ? parseJson(input) : input;
  return isTypedData(value) ? { value } : { problem: "expected EIP-712 typed data" };
}).describe("typedData");

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const accountMethods = [
  ...devMethod({
    names: ["eth_accounts"],
    summary: "The ten development accounts, whose keys the node has",
    params: z.tuple([]),
    handler: (dev) => [...dev.accounts.keys()],
  }),
  ...devMethod({
    names: ["eth_sendTransaction"],
    summary: "Sends for a development account or an impersonated one; what is left out is filled in",
    params: z.tuple([request()]),
    handler: async (dev, [{ request, given }], context, caller) => {
      const sending = { dev, context, caller };
      return sendTransaction(await complete(request, given, sending), false, sending);
    },
  }),
  ...devMethod({
    names: ["eth_sendUnsignedTransaction"],
    summary: "Sends for any account, as if it were impersonated",
    params: z.tuple([request()]),
    handler: async (dev, [{ request, given }], context, caller) => {
      const sending = { dev, context, caller };
      return sendTransaction(await complete(request, given, sending), true, sending);
    },
  }),
  ...devMethod({
    names: ["eth_sendRawTransaction"],
    summary: "Submits a signed transaction; with automine it is in a block when this answers",
    params: z.tuple([bytes().describe("transaction")]),
    handler: async (dev, [raw], context, caller) => {
      const hash = await eth_sendRawTransaction.invoke(context, [bytesToHex(raw)], caller);
      await dev.run({ kind: "submitted" });
      return hash;
    },
  }),
  ...devMethod({
    names: ["eth_signTransaction"],
    summary: "A transaction of a development account, signed and not sent",
    params: z.tuple([request()]),
    handler: async (dev, [{ request, given }], context, caller) => {
      const outgoing = await complete(request, given, { dev, context, caller });
      return bytesToHex(await signTransaction(outgoing, dev));
    },
  }),
  ...devMethod({
    names: ["eth_sign"],
    summary: "Signs a message with a development account's key, in EIP-191's form",
    params: z.tuple([address(), bytes().describe("message")]),
    handler: (dev, [account, message]) => signer(dev, account).signMessage({ message: { raw: message } }),
  }),
  ...devMethod({
    names: ["personal_sign"],
    summary: "As eth_sign, message first",
    params: z.tuple([bytes().describe("message"), address()]),
    handler: (dev, [message, account]) => signer(dev, account).signMessage({ message: { raw: message } }),
  }),
  ...devMethod({
    names: ["eth_signTypedData_v4"],
    summary: "Signs EIP-712 data with a development account's key",
    params: z.tuple([address(), typedData]),
    handler: (dev, [account, data]) => signer(dev, account).signTypedData(data),
  }),
];
