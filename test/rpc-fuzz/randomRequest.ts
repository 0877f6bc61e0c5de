import type { RandomSource } from "./randomSource.ts";
import { fitting, strange } from "./randomValues.ts";

/** A method as its OpenRPC document tells it. */
export interface DocumentedMethod {
  name: string;
  params: { schema: unknown; required: boolean }[];
}

/** What is sent, and what must come back. */
export interface FuzzCase {
  body: Buffer;
  /** True: an answer must come. False: none may. Undefined: a body so broken that either is right. */
  answered: boolean | undefined;
}

const NAMES = ["", "eth_", "eth_nope", "constructor", "__proto__", "toString", "rpc.", "x".repeat(5000)];
const IDS = [
  "1",
  "0",
  "-7",
  "1.5",
  '"x"',
  '""',
  "null",
  "123456789012345678901234567890",
  "1e400",
  '"\\u0000"',
];
const NO_IDS = ["{}", "[]", "true", '{"a":[1]}'];

const named = (methods: readonly DocumentedMethod[], random: RandomSource): DocumentedMethod =>
  random.chance(0.9) ? random.pick(methods) : { name: random.pick(NAMES), params: [] };

/** Deep nesting as text: no value in memory is needed for it. */
const deep = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;

function paramsText(method: DocumentedMethod, random: RandomSource): string {
  if (random.chance(0.04)) return JSON.stringify(strange(random)) ?? "null";
  if (random.chance(0.01)) return deep(20_000);
  const count = random.chance(0.85)
    ? method.params.filter(({ required }) => required || random.chance(0.6)).length
    : random.below(6);
  const values = Array.from({ length: count }, (_, position) => {
    const parameter = method.params[position];
    return parameter === undefined ? strange(random) : fitting(random, parameter.schema);
  });
  return JSON.stringify(values);
}

/** One request as text, and whether it wants an answer: a notification does not, whatever is wrong with it. */
function requestText(
  methods: readonly DocumentedMethod[],
  random: RandomSource,
): { text: string; wants: boolean } {
  const method = named(methods, random);
  const fields: string[] = [];
  const rightVersion = random.chance(0.96);
  fields.push(`"jsonrpc":${rightVersion ? '"2.0"' : random.pick(['"1.0"', "2", "null"])}`);
  const hasId = random.chance(0.92);
  if (hasId) fields.push(`"id":${random.chance(0.95) ? random.pick(IDS) : random.pick(NO_IDS)}`);
  const nameText = random.chance(0.97) ? JSON.stringify(method.name) : JSON.stringify(strange(random));
  fields.push(`"method":${nameText ?? "null"}`);
  if (random.chance(0.97)) fields.push(`"params":${paramsText(method, random)}`);
  if (random.chance(0.3)) fields.reverse();
  const nameIsText = nameText?.startsWith('"') === true && nameText !== '""';
  return { text: `{${fields.join(",")}}`, wants: hasId || !rightVersion || !nameIsText };
}

const flipBytes = (body: Buffer, random: RandomSource): Buffer => {
  const broken = Buffer.from(body);
  for (let flips = 1 + random.below(4); flips > 0; flips--)
    broken[random.below(broken.length)] = random.below(256);
  return broken;
};

/** A request, a batch, or something that only looks like one. */
export function randomCase(methods: readonly DocumentedMethod[], random: RandomSource): FuzzCase {
  const one = () => requestText(methods, random);
  if (random.chance(0.2)) {
    const junk = () => ({ text: random.pick(["1", "null", '"x"', "[]", "true"]), wants: true });
    const members = Array.from({ length: random.below(12) }, () => (random.chance(0.9) ? one() : junk()));
    const body = Buffer.from(`[${members.map(({ text }) => text).join(",")}]`);
    return { body, answered: members.length === 0 || members.some(({ wants }) => wants) };
  }
  const { text, wants } = one();
  const body = Buffer.from(text);
  if (random.chance(0.05)) return { body: body.subarray(0, random.below(body.length)), answered: true };
  if (random.chance(0.05)) return { body: flipBytes(body, random), answered: undefined };
  if (random.chance(0.005)) return { body: Buffer.from(deep(100_000)), answered: true };
  return { body, answered: wants };
}
