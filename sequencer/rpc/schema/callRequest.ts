import { z } from "zod";
import type { CallRequest } from "../../../executor/index.ts";
import { bytesEqual } from "../../../protocol/index.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { address, bytes, hash, quantity } from "./hex.ts";
import { given, optional } from "./overrides.ts";

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

const fields = z.object({
  from: optional(address()),
  to: optional(address()),
  gas: optional(quantity(64)),
  gasPrice: optional(quantity()),
  maxFeePerGas: optional(quantity()),
  maxPriorityFeePerGas: optional(quantity()),
  value: optional(quantity()),
  nonce: optional(quantity(64)),
  data: optional(bytes()),
  input: optional(bytes()),
  accessList: optional(accessList),
  authorizationList: optional(authorizationList),
  chainId: optional(quantity()),
  maxFeePerBlobGas: optional(quantity()),
  blobVersionedHashes: optional(z.array(hash("blobVersionedHash"))),
});

/** The transaction object of `eth_call` and its relatives. Unknown fields are ignored, as in geth. */
export const callRequest = () =>
  fields
    .transform(({ input, data, ...rest }): CallRequest => {
      if (input !== undefined && data !== undefined && !bytesEqual(input, data)) {
        // geth finds it in the method itself: no "invalid argument" goes before it.
        throw serverError(
          'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
        );
      }
      return given({ ...rest, data: input ?? data });
    })
    .describe("transaction");
