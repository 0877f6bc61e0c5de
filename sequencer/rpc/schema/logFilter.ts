import { hexToBytes, type LogCriteria } from "../../../protocol/index.ts";
import { type BlockSelector, decodeBlockNumber } from "./blockSelector.ts";
import { checked, decodeHash, hexProblem, jsonKind } from "./hex.ts";

export type { LogCriteria };

/** `eth_getLogs` and `eth_newFilter`: criteria, and either one block or a range of them. */
export interface LogQuery extends LogCriteria {
  blockHash: Uint8Array | undefined;
  fromBlock: BlockSelector | undefined;
  toBlock: BlockSelector | undefined;
}

/** Positions of topics that a log can have. */
const MAX_TOPICS = 4;

type Decoded<T> = { value: T } | { problem: string };

function fixed(input: string, length: number, what: string): Decoded<Uint8Array> {
  const problem = input === "" ? "empty hex string" : hexProblem(input);
  if (problem !== undefined) return { problem };
  const bytes = (input.length - 2) / 2;
  if (bytes !== length) {
    return { problem: `hex has invalid length ${bytes} after decoding; expected ${length} for ${what}` };
  }
  return { value: hexToBytes(input.slice(2)) };
}

function decodeAddresses(input: unknown): Decoded<Uint8Array[]> {
  if (input === undefined || input === null) return { value: [] };
  if (typeof input === "string") {
    const one = fixed(input, 20, "address");
    return "value" in one ? { value: [one.value] } : { problem: `invalid address: ${one.problem}` };
  }
  if (!Array.isArray(input)) return { problem: "invalid addresses in query" };
  const addresses: Uint8Array[] = [];
  for (const [index, given] of input.entries()) {
    if (typeof given !== "string") return { problem: `non-string address at index ${index}` };
    const one = fixed(given, 20, "address");
    if ("problem" in one) return { problem: `invalid address at index ${index}: ${one.problem}` };
    addresses.push(one.value);
  }
  return { value: addresses };
}

/** One position: a topic, alternatives, or null for anything. `null` among alternatives: anything goes. */
function decodePosition(input: unknown): Decoded<Uint8Array[]> {
  if (input === null) return { value: [] };
  if (typeof input !== "string" && !Array.isArray(input)) return { problem: "invalid topic(s)" };
  const topics: Uint8Array[] = [];
  for (const given of Array.isArray(input) ? input : [input]) {
    if (given === null) return { value: [] };
    if (typeof given !== "string") return { problem: "invalid topic(s)" };
    const one = fixed(given, 32, "topic");
    if ("problem" in one) return one;
    topics.push(one.value);
  }
  return { value: topics };
}

function decodeTopics(input: unknown): Decoded<Uint8Array[][]> {
  if (input === undefined || input === null) return { value: [] };
  if (!Array.isArray(input)) return { problem: wrongField(input, "topics", "[]interface {}") };
  if (input.length > MAX_TOPICS) return { problem: "exceed max topics" };
  const topics: Uint8Array[][] = [];
  for (const position of input) {
    const decoded = decodePosition(position);
    if ("problem" in decoded) return decoded;
    topics.push(decoded.value);
  }
  return { value: topics };
}

const wrongField = (input: unknown, name: string, type: string) =>
  `json: cannot unmarshal ${jsonKind(input)} into Go struct field input.${name} of type ${type}`;

function decodeBorder(input: unknown): Decoded<BlockSelector | undefined> {
  return input === undefined || input === null ? { value: undefined } : decodeBlockNumber(input);
}

function decodeBlockHash(input: unknown): Decoded<Uint8Array | undefined> {
  if (input === undefined || input === null) return { value: undefined };
  const decoded = decodeHash(input);
  if ("value" in decoded) return decoded;
  return { problem: decoded.problem.replace("Go value of type", "Go struct field input.blockHash of type") };
}

/** Checked in geth's order: types of all fields, the block's contradiction, addresses, topics. */
export function decodeLogQuery(input: unknown): Decoded<LogQuery> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return { problem: `json: cannot unmarshal ${jsonKind(input)} into Go value of type filters.input` };
  }
  const given: Record<string, unknown> = { ...input };
  const blockHash = decodeBlockHash(given["blockHash"]);
  if ("problem" in blockHash) return blockHash;
  const fromBlock = decodeBorder(given["fromBlock"]);
  if ("problem" in fromBlock) return fromBlock;
  const toBlock = decodeBorder(given["toBlock"]);
  if ("problem" in toBlock) return toBlock;
  if (blockHash.value !== undefined && (fromBlock.value !== undefined || toBlock.value !== undefined)) {
    return { problem: "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other" };
  }
  const addresses = decodeAddresses(given["address"]);
  if ("problem" in addresses) return addresses;
  const topics = decodeTopics(given["topics"]);
  if ("problem" in topics) return topics;
  return {
    value: {
      addresses: addresses.value,
      topics: topics.value,
      fromBlock: fromBlock.value,
      toBlock: toBlock.value,
      blockHash: blockHash.value,
    },
  };
}

const hex = (digits: number) => ({ type: "string", pattern: `^0x[0-9a-fA-F]{${digits}}$` });
const oneOrMany = (one: object) => ({ anyOf: [{ type: "null" }, one, { type: "array", items: one }] });
const BORDER = { type: "string", description: "block number or tag" };

export const logQuery = () =>
  checked(decodeLogQuery, {
    type: "object",
    properties: {
      fromBlock: BORDER,
      toBlock: BORDER,
      blockHash: hex(64),
      address: oneOrMany(hex(40)),
      topics: { type: "array", maxItems: MAX_TOPICS, items: oneOrMany(hex(64)) },
    },
  }).describe("filter");
