import { type BlockSelector, decodeBlockNumber } from "./blockSelector.ts";
import { checked, QUANTITY_FORM } from "./hex.ts";

type WithoutHash = Exclude<BlockSelector, { hash: Uint8Array }>;

/** A block by number or tag. Otterscan writes numbers as JSON numbers too. */
export const otterscanBlockNumber = () =>
  checked<WithoutHash>(
    (input) => {
      if (typeof input === "number" && Number.isSafeInteger(input) && input >= 0)
        return { value: { number: input } };
      const decoded = decodeBlockNumber(input);
      if ("problem" in decoded) return decoded;
      const { value } = decoded;
      return "hash" in value ? { problem: "expected a block number or tag" } : { value };
    },
    {
      anyOf: [
        QUANTITY_FORM,
        { type: "integer", minimum: 0 },
        { enum: ["latest", "pending", "safe", "finalized", "earliest"] },
      ],
    },
  ).describe("block");
