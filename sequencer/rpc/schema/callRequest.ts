import { z } from "zod";
import type { CallRequest } from "../../../executor/index.ts";
import { bytesEqual } from "../../../protocol/index.ts";
import { address, bytes, hash, quantity } from "./hex.ts";

const accessList = z.array(z.object({ address: address(), storageKeys: z.array(hash("storageKey")) }));

const authorizationList = z.array(
  z
    .object({
      chainId: quantity(),
      address: address(),
      nonce: quantity(64),
      yParity: quantity(8).optional(),
      v: quantity(8).optional(),
      r: quantity(),
      s: quantity(),
    })
    .transform(({ v, yParity, ...rest }) => ({ ...rest, yParity: Number(yParity ?? v ?? 0n) })),
);

/** JSON leaves out, or says `null`. */
const left = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => value ?? undefined, schema.optional());

const fields = z.object({
  from: left(address()),
  to: left(address()),
  gas: left(quantity(64)),
  gasPrice: left(quantity()),
  maxFeePerGas: left(quantity()),
  maxPriorityFeePerGas: left(quantity()),
  value: left(quantity()),
  nonce: left(quantity(64)),
  data: left(bytes()),
  input: left(bytes()),
  accessList: left(accessList),
  authorizationList: left(authorizationList),
});

/** The transaction object of `eth_call` and its relatives. Unknown fields are ignored, as in geth. */
export const callRequest = () =>
  fields
    .transform((given, context): CallRequest => {
      const problem = contradiction(given);
      if (problem !== undefined) {
        context.issues.push({ code: "custom", message: problem, input: given });
        return z.NEVER;
      }
      const { input, data, ...rest } = given;
      const request: CallRequest = {};
      const payload = input ?? data;
      if (payload !== undefined) request.data = payload;
      if (rest.from !== undefined) request.from = rest.from;
      if (rest.to !== undefined) request.to = rest.to;
      if (rest.gas !== undefined) request.gas = rest.gas;
      if (rest.gasPrice !== undefined) request.gasPrice = rest.gasPrice;
      if (rest.maxFeePerGas !== undefined) request.maxFeePerGas = rest.maxFeePerGas;
      if (rest.maxPriorityFeePerGas !== undefined) request.maxPriorityFeePerGas = rest.maxPriorityFeePerGas;
      if (rest.value !== undefined) request.value = rest.value;
      if (rest.nonce !== undefined) request.nonce = rest.nonce;
      if (rest.accessList !== undefined) request.accessList = rest.accessList;
      if (rest.authorizationList !== undefined) request.authorizationList = rest.authorizationList;
      return request;
    })
    .describe("transaction");

function contradiction(given: z.output<typeof fields>): string | undefined {
  if (given.input !== undefined && given.data !== undefined && !bytesEqual(given.input, given.data)) {
    return 'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data';
  }
  if (
    given.gasPrice !== undefined &&
    (given.maxFeePerGas !== undefined || given.maxPriorityFeePerGas !== undefined)
  ) {
    return "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified";
  }
  const { maxFeePerGas, maxPriorityFeePerGas } = given;
  if (
    maxFeePerGas !== undefined &&
    maxPriorityFeePerGas !== undefined &&
    maxFeePerGas < maxPriorityFeePerGas
  ) {
    return `maxFeePerGas (${maxFeePerGas}) < maxPriorityFeePerGas (${maxPriorityFeePerGas})`;
  }
  return undefined;
}
