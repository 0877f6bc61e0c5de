import { isAddress, isHex } from "viem";

/** One way in which the answers to a method differ: where, and how. */
export interface AnswerDifference {
  method: string;
  what: string;
}

/** What no two chains share: hashes of blocks and all that is made of them. Compared by its form alone. */
const OF_THE_BLOCK = new Set([
  "blockHash",
  "parentHash",
  "parentBeaconBlockRoot",
  "stateRoot",
  "mixHash",
  "extraData",
  "size",
  // The path from the state root to the account: accounts of the genesis block that both do not share are on it.
  "accountProof",
]);
/** These name a block by `hash`; what has a `blockHash` besides is a transaction, whose hash is the same on both. */
const isBlock = (value: object): boolean => "parentHash" in value;

const formOf = (value: unknown): string =>
  isHex(value) ? (value.length === 66 ? "32 bytes" : "hex") : Array.isArray(value) ? "list" : typeof value;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Where two answers differ, as paths without indices; each difference once. Storage keys of a list have no order. */
export function compareAnswers(ours: unknown, theirs: unknown): string[] {
  const found = new Set<string>();
  compare(ours, theirs, "", found);
  return [...found];
}

/** Which account or slot of a map it is does not matter. */
const nameOf = (key: string): string =>
  isAddress(key) ? "[account]" : isHex(key) && key.length === 66 ? "[slot]" : key;

function compare(ours: unknown, theirs: unknown, path: string, found: Set<string>): void {
  const at = path === "" ? "the answer" : path;
  if (isRecord(ours) && isRecord(theirs)) {
    for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      const name = nameOf(key);
      const inner = path === "" ? name : `${path}.${name}`;
      if (!(key in theirs)) found.add(`${inner} in Braid's answer only`);
      else if (!(key in ours)) found.add(`${inner} in Anvil's answer only`);
      else if (OF_THE_BLOCK.has(key) || (key === "hash" && isBlock(ours))) {
        if (formOf(ours[key]) !== formOf(theirs[key])) found.add(`${inner} has another form`);
      } else compare(ours[key], theirs[key], inner, found);
    }
  } else if (Array.isArray(ours) && Array.isArray(theirs)) {
    if (ours.length !== theirs.length) {
      found.add(`${at}: another number of elements`);
      return;
    }
    const [our, their] = path.endsWith("storageKeys") ? [ours.toSorted(), theirs.toSorted()] : [ours, theirs];
    for (const [index, one] of our.entries()) compare(one, their[index], `${path}[]`, found);
  } else if (ours !== theirs) {
    const kinds = [ours, theirs].map((value) => (value === null ? "null" : formOf(value)));
    const [our, their] = kinds;
    found.add(our === their ? `${at} has another value` : `${at} is ${our}, Anvil's ${their}`);
  }
}
