import type { RandomSource } from "./randomSource.ts";

const hexOf = (random: RandomSource, digits: number): string =>
  Array.from({ length: digits }, () => random.below(16).toString(16)).join("");

function nested(random: RandomSource): unknown {
  let value: unknown = random.pick([0, null, "x", {}]);
  const depth = random.below(200);
  for (let level = 0; level < depth; level++) value = random.chance(0.5) ? [value] : { a: value };
  return value;
}

const STRANGE: ((random: RandomSource) => unknown)[] = [
  () => null,
  () => true,
  () => false,
  () => "",
  () => "0x",
  () => "0x00",
  () => "latest",
  () => "newest",
  () => [],
  () => ({}),
  () => 0,
  () => -1,
  () => 1.5,
  () => 1e308,
  () => Number.MAX_SAFE_INTEGER,
  () => "\u0000\uffff\ud800",
  () => "__proto__",
  () => ({ constructor: { prototype: null } }),
  () => JSON.parse('{"__proto__":{"gas":"0x1"}}'),
  (random) => `0x${hexOf(random, random.below(80))}`,
  (random) => `0x${"f".repeat(random.below(400))}`,
  (random) => "9".repeat(random.below(400)),
  (random) => `0x${hexOf(random, 40)}`,
  (random) => `0x${hexOf(random, 64)}`,
  (random) => `0x${random.below(8).toString(16)}`,
  (random) => Array.from({ length: random.below(50) }, () => strange(random)),
  (random) => ({ blockHash: `0x${hexOf(random, 64)}`, blockNumber: "0x1" }),
  (random) => ({ [`key${random.below(9)}`]: strange(random) }),
  nested,
];

/** A value that hardly any parameter expects. */
export function strange(random: RandomSource): unknown {
  return random.pick(STRANGE)(random);
}

type Schema = Record<string, unknown>;
const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null;

function fromPattern(random: RandomSource, pattern: string): string {
  const fixed = /\{(\d+)\}\$$/.exec(pattern)?.[1];
  if (fixed !== undefined) return `0x${hexOf(random, Number(fixed))}`;
  if (pattern.includes("[1-9a-f")) return `0x${random.below(2 ** 30).toString(16)}`;
  return `0x${hexOf(random, 2 * random.below(40))}`;
}

/** A value of that form, as far as the form tells; at any depth sometimes another one. */
export function fitting(random: RandomSource, schema: unknown): unknown {
  if (!isSchema(schema) || random.chance(0.08)) return strange(random);
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choices)) return fitting(random, random.pick(choices));
  const values = schema["enum"];
  if (Array.isArray(values)) return random.pick(values);
  if ("const" in schema) return schema["const"];
  switch (schema["type"]) {
    case "string":
      return fromPattern(random, typeof schema["pattern"] === "string" ? schema["pattern"] : "");
    case "integer":
    case "number":
      return random.below(1000);
    case "boolean":
      return random.chance(0.5);
    case "null":
      return null;
    case "array":
      return Array.from({ length: random.below(4) }, () => fitting(random, schema["items"]));
    case "object":
      return fittingObject(random, schema);
    default:
      return strange(random);
  }
}

function fittingObject(random: RandomSource, schema: Schema): unknown {
  const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
  const entries = Object.entries(properties).filter(() => random.chance(0.4));
  if (random.chance(0.1)) entries.push(["extra", undefined]);
  return Object.fromEntries(entries.map(([name, inner]) => [name, fitting(random, inner)]));
}
