import type { z } from "zod";
import type { RpcContext } from "../context.ts";
import type { ConnectionBounds } from "../http/clientBounds.ts";
import type { RpcLimits } from "../limits.ts";
import { jsonKind } from "../schema/hex.ts";
import { invalidParams } from "./rpcError.ts";

/** A connection that can be told things: one WebSocket. */
export interface NotificationSink {
  /** Subscription id → the function that ends it. */
  subscriptions: Map<string, () => void>;
  send(text: string): void;
}

/** Who calls. */
export interface Caller {
  /** The client's address: what bounds are counted by. */
  client: string;
  /** What the caller's connection may still ask; undefined: as much as it wants. */
  bounds?: ConnectionBounds;
  /** Undefined over HTTP. */
  sink: NotificationSink | undefined;
  /** Runs once the answer to this request was sent. */
  afterAnswer(callback: () => void): void;
}

/** A method as the dispatcher sees it: parameters still as JSON. */
export interface RpcMethod {
  name: string;
  summary: string;
  params: z.ZodType;
  /** What the documents say of the answer; undefined: nothing beyond the summary. */
  result: z.ZodType | undefined;
  /** Bounds of its own, by their name in RpcLimits. */
  limits: readonly (keyof RpcLimits)[];
  /** Members of a batch that call it all start at once, whatever the batch's concurrency. */
  unbounded: boolean;
  invoke(context: RpcContext, params: unknown[], caller: Caller): unknown;
}

type ParamItems = readonly z.ZodType[];

export interface MethodDefinition<Items extends ParamItems | [], Output> {
  name: string;
  summary: string;
  /** One schema for each position; `.describe(name)` gives the name used in the documents. */
  params: z.ZodTuple<Items, null>;
  /** Replaces the schema at run time where speed counts; accepts and refuses exactly the same. */
  parse?: (params: unknown[]) => z.output<z.ZodTuple<Items, null>>;
  /** For the documents. */
  result?: z.ZodType;
  limits?: readonly (keyof RpcLimits)[];
  unbounded?: boolean;
  handler(context: RpcContext, params: z.output<z.ZodTuple<Items, null>>, caller: Caller): Output;
}

/** Go's names of what zod checks. */
const GO_TYPES: Record<string, string> = {
  string: "string",
  boolean: "bool",
  number: "float64",
  int: "int64",
};

/** geth's name for the object of a parameter. */
const GO_STRUCTS: Record<string, string> = { transaction: "TransactionArgs" };

function wordIssue(issue: z.core.$ZodIssue | undefined, input: unknown): string {
  if (issue === undefined) return "invalid value";
  if (issue.code !== "invalid_type") return issue.message;
  const type = GO_TYPES[issue.expected] ?? (issue.expected === "array" ? "[]interface {}" : "struct");
  return `json: cannot unmarshal ${jsonKind(input)} into Go value of type ${type}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Object.entries(value).find(([name]) => name === String(key))?.[1];
  }, input);
}

/** Words a schema's first complaint as geth does: which argument, and what is wrong with it. */
function describe(issue: z.core.$ZodIssue | undefined, items: ParamItems, given: unknown[]): string {
  const [position, ...inner] = issue?.path ?? [];
  if (typeof position !== "number") return `too many arguments, want at most ${items.length}`;
  if (position >= given.length) return `missing value for required argument ${position}`;
  const text = wordIssue(issue, valueAt(given[position], inner));
  if (inner.length === 0) return `invalid argument ${position}: ${text}`;
  const field = inner
    .filter((key) => typeof key !== "number")
    .map(String)
    .join(".");
  const struct = GO_STRUCTS[items[position]?.description ?? ""];
  const placed =
    struct === undefined || !text.includes("Go value of type")
      ? `${field}: ${text}`
      : text.replace("Go value of type", `Go struct field ${struct}.${field} of type`);
  return `invalid argument ${position}: ${placed}`;
}

function parseWith<Items extends ParamItems | []>(schema: z.ZodTuple<Items, null>) {
  const items: ParamItems = schema.def.items;
  return (params: unknown[]): z.output<z.ZodTuple<Items, null>> => {
    if (params.length > items.length) throw invalidParams(`too many arguments, want at most ${items.length}`);
    // `null` stands for an argument left out, as in geth.
    const given = params.map((value) => value ?? undefined);
    while (given.length > 0 && given.at(-1) === undefined) given.pop();
    const result = schema.safeParse(given);
    if (result.success) return result.data;
    const position = result.error.issues[0]?.path[0];
    if (typeof position !== "number") {
      const missing = items.findIndex(
        (item, index) => index >= given.length && !item.safeParse(undefined).success,
      );
      throw invalidParams(`missing value for required argument ${missing}`);
    }
    if (given[position] === undefined) {
      throw invalidParams(`missing value for required argument ${position}`);
    }
    throw invalidParams(describe(result.error.issues[0], items, given));
  };
}

/** Ties a method's name, schema and handler together; the dispatcher calls `invoke`. */
export function defineMethod<Items extends ParamItems | [], Output>(
  definition: MethodDefinition<Items, Output>,
): RpcMethod {
  const parse = definition.parse ?? parseWith(definition.params);
  return {
    name: definition.name,
    summary: definition.summary,
    params: definition.params,
    result: definition.result,
    limits: definition.limits ?? [],
    unbounded: definition.unbounded ?? false,
    invoke: (context, params, caller) => definition.handler(context, parse(params), caller),
  };
}
