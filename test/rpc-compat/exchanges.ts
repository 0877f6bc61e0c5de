import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One request and the answer that was recorded. */
export interface Exchange {
  request: { id: unknown; method: string; params?: unknown };
  response: { result?: unknown; error?: { code: number; message: string; data?: unknown } };
}

/** A file of exchanges, sent one after the other. */
export interface ExchangeFile {
  /** `eth_call/call-contract.io` */
  name: string;
  method: string;
  /** Only the answer's shape is compared. */
  specOnly: boolean;
  exchanges: Exchange[];
}

/** Reads the folders of a set of recorded exchanges, of the methods that are wanted (all when undefined). */
export function readExchanges(folder: string, wanted: readonly string[] | undefined): ExchangeFile[] {
  const methods = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && (wanted === undefined || wanted.includes(entry.name)))
    .map((entry) => entry.name)
    .sort();
  return methods.flatMap((method) =>
    readdirSync(join(folder, method))
      .filter((file) => file.endsWith(".io"))
      .sort()
      .map((file) => readFile(folder, method, file)),
  );
}

function readFile(folder: string, method: string, file: string): ExchangeFile {
  const lines = readFileSync(join(folder, method, file), "utf8").split("\n");
  const exchanges: Exchange[] = [];
  let request: Exchange["request"] | undefined;
  for (const line of lines) {
    if (line.startsWith(">>")) request = JSON.parse(line.slice(2));
    if (line.startsWith("<<") && request !== undefined) {
      exchanges.push({ request, response: JSON.parse(line.slice(2)) });
      request = undefined;
    }
  }
  const specOnly = lines.some((line) => line.startsWith("//") && line.includes("speconly:"));
  return { name: `${method}/${file}`, method, specOnly, exchanges };
}

/** Where two answers differ, by path; only in their shape when `shapeOnly`. */
export function differences(ours: unknown, theirs: unknown, shapeOnly: boolean, path = "$"): string[] {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    if (shapeOnly) {
      return theirs.length === 0
        ? []
        : ours.flatMap((one, i) => itemDifferences(one, theirs, `${path}[${i}]`));
    }
    const length =
      ours.length === theirs.length ? [] : [`${path}: ${ours.length} items, not ${theirs.length}`];
    return theirs.reduce<string[]>(
      (found, item, i) =>
        i < ours.length ? found.concat(differences(ours[i], item, false, `${path}[${i}]`)) : found,
      length,
    );
  }
  if (isObject(ours) && isObject(theirs)) return objectDifferences(ours, theirs, shapeOnly, path);
  if (shapeOnly ? kind(ours) === kind(theirs) : Object.is(ours, theirs)) return [];
  return [`${path}: ${show(ours)}, not ${show(theirs)}`];
}

/** Items of a list may leave out what others have: one must have the shape of any that was recorded. */
function itemDifferences(ours: unknown, theirs: readonly unknown[], path: string): string[] {
  let fewest: string[] | undefined;
  for (const one of theirs) {
    const found = differences(ours, one, true, path);
    if (found.length === 0) return [];
    if (fewest === undefined || found.length < fewest.length) fewest = found;
  }
  return fewest ?? [];
}

function objectDifferences(
  ours: Record<string, unknown>,
  theirs: Record<string, unknown>,
  shapeOnly: boolean,
  path: string,
): string[] {
  // Keys that are data (addresses, nonces) say nothing of the shape.
  const data = (key: string) => shapeOnly && /^(0x|[0-9])/i.test(key);
  const found: string[] = [];
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    if (data(key)) continue;
    if (!(key in theirs)) found.push(`${path}.${key}: ${show(ours[key])}, not absent`);
    else if (!(key in ours)) found.push(`${path}.${key}: absent, not ${show(theirs[key])}`);
    else found.push(...differences(ours[key], theirs[key], shapeOnly, `${path}.${key}`));
  }
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kind(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return value.startsWith("0x") ? "hex" : "text";
  return Array.isArray(value) ? "array" : typeof value;
}

const SHOWN = 160;

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** What is wrong with an answer. Of errors the code counts, and the wording unless only the shape does. */
export function compareAnswer(
  ours: Exchange["response"],
  theirs: Exchange["response"],
  specOnly: boolean,
): string[] {
  if (ours.error !== undefined && theirs.error !== undefined) {
    const { code, message, data } = theirs.error;
    const same = ours.error.code === code;
    const codes = same
      ? []
      : [`error code ${ours.error.code} (${ours.error.message}), not ${code} (${message})`];
    if (specOnly) return codes;
    const words =
      ours.error.message === message ? [] : [`error message "${ours.error.message}", not "${message}"`];
    return [...codes, ...words, ...differences(ours.error.data, data, false, "error.data")];
  }
  if (ours.error !== undefined || theirs.error !== undefined) {
    return [`${show(ours.error ?? ours.result)}, not ${show(theirs.error ?? theirs.result)}`];
  }
  return differences(ours.result, theirs.result, specOnly);
}
