import { BraidError, bytesToHex } from "../../../protocol/index.ts";
import type { BlockSelector } from "../schema/blockSelector.ts";
import { decodeLogQuery, type LogQuery } from "../schema/logFilter.ts";

/** What a filter wants. */
export type FilterDefinition = { kind: "block" } | { kind: "pending" } | { kind: "log"; query: LogQuery };

function selectorText(selector: BlockSelector | undefined): string | undefined {
  if (selector === undefined) return undefined;
  if ("tag" in selector) return selector.tag;
  return "number" in selector ? `0x${selector.number.toString(16)}` : bytesToHex(selector.hash);
}

/** As text for a store: a log filter in the form in which clients send it. */
export function encodeDefinition(definition: FilterDefinition): string {
  if (definition.kind !== "log") return JSON.stringify({ kind: definition.kind });
  const { query } = definition;
  return JSON.stringify({
    kind: "log",
    query: {
      address: query.addresses.map(bytesToHex),
      topics: query.topics.map((position) => position.map(bytesToHex)),
      fromBlock: selectorText(query.fromBlock),
      toBlock: selectorText(query.toBlock),
      blockHash: query.blockHash === undefined ? undefined : bytesToHex(query.blockHash),
    },
  });
}

export function decodeDefinition(text: string): FilterDefinition {
  const parsed: { kind?: unknown; query?: unknown } = JSON.parse(text);
  if (parsed.kind === "block" || parsed.kind === "pending") return { kind: parsed.kind };
  const decoded = decodeLogQuery(parsed.query);
  if ("problem" in decoded) {
    throw new BraidError("FILTER_UNREADABLE", `a stored filter cannot be read: ${decoded.problem}`);
  }
  return { kind: "log", query: decoded.value };
}
