import { hexToBytes } from "../../../protocol/index.ts";
import { checked, decodeQuantity, hexProblem } from "./hex.ts";

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

/** A number or a tag. */
export function decodeBlockNumber(input: unknown): Decoded {
  if (typeof input !== "string") return { problem: "expected a block number or tag" };
  if (isTag(input)) return { value: { tag: input } };
  const decoded = decodeQuantity(input, 63);
  if ("problem" in decoded) return decoded;
  if (decoded.value > BigInt(Number.MAX_SAFE_INTEGER)) return { value: { number: Number.MAX_SAFE_INTEGER } };
  return { value: { number: Number(decoded.value) } };
}

function decodeHash(input: unknown): Decoded {
  const problem = hexProblem(input);
  if (problem !== undefined || typeof input !== "string")
    return { problem: problem ?? "expected a hex string" };
  if (input.length !== 66) return { problem: `hex string has length ${input.length - 2}, want 64` };
  return { value: { hash: hexToBytes(input.slice(2)) } };
}

/** A number, a tag, a hash, or EIP-1898's object. There is one chain, so `requireCanonical` changes nothing. */
export function decodeBlockSelector(input: unknown): Decoded {
  if (typeof input === "string") return input.length === 66 ? decodeHash(input) : decodeBlockNumber(input);
  if (typeof input !== "object" || input === null)
    return { problem: "expected a block number, tag or object" };
  const blockHash = "blockHash" in input ? (input.blockHash ?? undefined) : undefined;
  const blockNumber = "blockNumber" in input ? (input.blockNumber ?? undefined) : undefined;
  if (blockHash !== undefined && blockNumber !== undefined) {
    return { problem: "cannot specify both BlockHash and BlockNumber, choose one or the other" };
  }
  if (blockHash !== undefined) return decodeHash(blockHash);
  if (blockNumber !== undefined) return decodeBlockNumber(blockNumber);
  return { problem: "expected blockHash or blockNumber" };
}

export const blockNumber = () => checked(decodeBlockNumber).describe("block");
export const blockSelector = () => checked(decodeBlockSelector).describe("block");
