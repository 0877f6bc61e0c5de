import { z } from "zod";
import type { CallRequest } from "../../../executor/index.ts";
import { bytesEqual } from "../../../protocol/index.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { address, bytes, hash, quantity } from "./hex.ts";
import { given } from "./overrides.ts";

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
  from: address().optional(),
  to: address().optional(),
  gas: quantity(64).optional(),
  gasPrice: quantity().optional(),
  maxFeePerGas: quantity().optional(),
  maxPriorityFeePerGas: quantity().optional(),
  value: quantity().optional(),
  nonce: quantity(64).optional(),
  data: bytes().optional(),
  input: bytes().optional(),
  accessList: accessList.optional(),
  authorizationList: authorizationList.optional(),
  chainId: quantity().optional(),
  maxFeePerBlobGas: quantity().optional(),
  blobVersionedHashes: z.array(hash("blobVersionedHash")).optional(),
});

/** JSON leaves out, or says `null`. Most calls name two fields of fifteen: the others are not to cost anything. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.values(value).includes(null)
    ? Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
    : value;
}

/** The transaction object of `eth_call` and its relatives. Unknown fields are ignored, as in geth. */
export const callRequest = () =>
  z
    .preprocess(withoutNulls, fields)
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
