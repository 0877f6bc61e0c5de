import { hexToBytes } from "../../../protocol/index.ts";
import { type BlockSelector, decodeBlockNumber } from "./blockSelector.ts";
import { checked, hexProblem } from "./hex.ts";

/** What logs are wanted, before block tags are resolved. */
export interface LogCriteria {
  /** Any of these; empty = all. 20 bytes each. */
  addresses: Uint8Array[];
  /** By position: any of these 32-byte values; empty = wildcard. */
  topics: Uint8Array[][];
}

/** `eth_getLogs` and `eth_newFilter`: criteria, and either one block or a range of them. */
export interface LogQuery extends LogCriteria {
  blockHash: Uint8Array | undefined;
  fromBlock: BlockSelector | undefined;
  toBlock: BlockSelector | undefined;
}

/** Positions of topics that a log can have. */
const MAX_TOPICS = 4;

class Problem {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function fixed(input: unknown, length: number, what: string): Uint8Array | Problem {
  const problem = hexProblem(input);
  if (problem !== undefined || typeof input !== "string") return new Problem(`invalid ${what}: ${problem}`);
  if (input.length !== 2 + 2 * length) {
    return new Problem(`invalid ${what}: hex has invalid length ${(input.length - 2) / 2}, want ${length}`);
  }
  return hexToBytes(input.slice(2));
}

function oneOrMany(input: unknown, length: number, what: string): Uint8Array[] | Problem {
  if (input === undefined || input === null) return [];
  const decoded: Uint8Array[] = [];
  for (const value of Array.isArray(input) ? input : [input]) {
    // `null` among alternatives: anything goes.
    if (value === null) return [];
    const one = fixed(value, length, what);
    if (one instanceof Problem) return one;
    decoded.push(one);
  }
  return decoded;
}

function decodeTopics(input: unknown): Uint8Array[][] | Problem {
  if (input === undefined || input === null) return [];
  if (!Array.isArray(input)) return new Problem("invalid topics: expected an array");
  if (input.length > MAX_TOPICS) return new Problem(`exceed max topics, want at most ${MAX_TOPICS}`);
  const topics: Uint8Array[][] = [];
  for (const position of input) {
    const decoded = oneOrMany(position, 32, "topic");
    if (decoded instanceof Problem) return decoded;
    topics.push(decoded);
  }
  return topics;
}

function decodeBorder(input: unknown): BlockSelector | undefined | Problem {
  if (input === undefined || input === null) return undefined;
  const decoded = decodeBlockNumber(input);
  return "value" in decoded ? decoded.value : new Problem(decoded.problem);
}

function decodeLogQuery(input: unknown): { value: LogQuery } | { problem: string } {
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return { problem: "expected an object" };
  const given: Record<string, unknown> = { ...input };
  const addresses = oneOrMany(given["address"], 20, "address");
  if (addresses instanceof Problem) return { problem: addresses.text };
  const topics = decodeTopics(given["topics"]);
  if (topics instanceof Problem) return { problem: topics.text };
  const fromBlock = decodeBorder(given["fromBlock"]);
  if (fromBlock instanceof Problem) return { problem: `fromBlock: ${fromBlock.text}` };
  const toBlock = decodeBorder(given["toBlock"]);
  if (toBlock instanceof Problem) return { problem: `toBlock: ${toBlock.text}` };
  const hash = given["blockHash"] ?? undefined;
  if (hash === undefined) return { value: { addresses, topics, fromBlock, toBlock, blockHash: undefined } };
  if (fromBlock !== undefined || toBlock !== undefined) {
    return { problem: "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other" };
  }
  const blockHash = fixed(hash, 32, "blockHash");
  if (blockHash instanceof Problem) return { problem: blockHash.text };
  return { value: { addresses, topics, fromBlock, toBlock, blockHash } };
}

export const logQuery = () => checked(decodeLogQuery).describe("filter");
