import { checked, decodeHash, decodeQuantity, jsonKind, QUANTITY_FORM } from "./hex.ts";

export type BlockTag = "latest" | "pending" | "safe" | "finalized" | "earliest";

/** Which block a caller means. */
export type BlockSelector =
  | { tag: BlockTag }
  | { number: number }
  /** 32 bytes. */
  | { hash: Uint8Array };

type Decoded = { value: BlockSelector } | { problem: string };

const TAGS: readonly string[] = ["latest", "pending", "safe", "finalized", "earliest"] satisfies BlockTag[];

function isTag(input: string): input is BlockTag {
  return TAGS.includes(input);
}

/** The largest number that geth takes for a block's. */
const MAX_INT64 = 2n ** 63n - 1n;

function decodeNumber(input: unknown, tooLarge: string): Decoded {
  if (typeof input !== "string") return { problem: "hex string without 0x prefix" };
  if (isTag(input)) return { value: { tag: input } };
  const decoded = decodeQuantity(input, 64);
  if ("problem" in decoded) return decoded;
  if (decoded.value > MAX_INT64) return { problem: tooLarge };
  if (decoded.value > BigInt(Number.MAX_SAFE_INTEGER)) return { value: { number: Number.MAX_SAFE_INTEGER } };
  return { value: { number: Number(decoded.value) } };
}

/** A number or a tag. */
export const decodeBlockNumber = (input: unknown): Decoded =>
  decodeNumber(input, "block number larger than int64");

function decodeBlockHash(input: unknown): Decoded {
  const decoded = decodeHash(input);
  return "value" in decoded ? { value: { hash: decoded.value } } : decoded;
}

/** A number, a tag, a hash, or EIP-1898's object. There is one chain, so `requireCanonical` changes nothing. */
export function decodeBlockSelector(input: unknown): Decoded {
  if (typeof input === "string") {
    return input.length === 66 ? decodeBlockHash(input) : decodeNumber(input, "blocknumber too high");
  }
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return { problem: `json: cannot unmarshal ${jsonKind(input)} into Go value of type string` };
  }
  const blockHash = "blockHash" in input ? (input.blockHash ?? undefined) : undefined;
  const blockNumber = "blockNumber" in input ? (input.blockNumber ?? undefined) : undefined;
  if (blockHash !== undefined && blockNumber !== undefined) {
    return { problem: "cannot specify both BlockHash and BlockNumber, choose one or the other" };
  }
  if (blockHash !== undefined) return decodeBlockHash(blockHash);
  if (blockNumber !== undefined) return decodeBlockNumber(blockNumber);
  return { problem: "json: cannot unmarshal object into Go value of type string" };
}

const NUMBER_FORM = { anyOf: [{ enum: TAGS }, QUANTITY_FORM] };
const HASH_FORM = { type: "string", pattern: "^0x[0-9a-fA-F]{64}$" };
const SELECTOR_FORM = {
  anyOf: [
    ...NUMBER_FORM.anyOf,
    HASH_FORM,
    { type: "object", properties: { blockNumber: NUMBER_FORM }, required: ["blockNumber"] },
    {
      type: "object",
      properties: { blockHash: HASH_FORM, requireCanonical: { type: "boolean" } },
      required: ["blockHash"],
    },
  ],
};

export const blockNumber = () => checked(decodeBlockNumber, NUMBER_FORM).describe("block");
export const blockSelector = () => checked(decodeBlockSelector, SELECTOR_FORM).describe("block");
