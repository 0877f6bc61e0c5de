import { z } from "zod";
import type { SimulatedBlockRequest } from "../../../executor/index.ts";
import { callRequest } from "./callRequest.ts";
import { address, checked, decodeQuantity, QUANTITY_FORM, quantity } from "./hex.ts";
import { blockFields, given, optional, stateOverrides } from "./overrides.ts";

const withdrawal = z.object({
  index: quantity(64),
  validatorIndex: quantity(64),
  address: address(),
  amount: quantity(64),
});

/** However large, so that the number of blocks is what is complained of. */
const blockNumber = () =>
  checked<number>((input) => {
    const decoded = decodeQuantity(input);
    if ("problem" in decoded) return decoded;
    const { value } = decoded;
    return { value: value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value) };
  }, QUANTITY_FORM);

const overrides = blockFields
  .extend({ number: optional(blockNumber()), withdrawals: optional(z.array(withdrawal)) })
  .transform((fields): SimulatedBlockRequest["overrides"] => given(fields))
  .describe("blockOverrides");

const block = z
  .object({
    blockOverrides: optional(overrides),
    stateOverrides: optional(stateOverrides()),
    calls: optional(z.array(callRequest())),
  })
  .transform((fields): SimulatedBlockRequest => {
    const { blockOverrides, stateOverrides: accounts = [], calls = [] } = fields;
    return { overrides: blockOverrides ?? {}, stateOverrides: accounts, calls };
  });

/** geth's `simOpts`. */
export const simulateRequest = () =>
  z
    .object({
      blockStateCalls: optional(z.array(block)),
      traceTransfers: optional(z.boolean()),
      validation: optional(z.boolean()),
      returnFullTransactions: optional(z.boolean()),
    })
    .describe("simulation");
