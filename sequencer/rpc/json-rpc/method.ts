import { z } from "zod";
import type { RpcContext } from "../context.ts";
import { invalidParams } from "./rpcError.ts";

/** A connection that can be told things: one WebSocket. */
export interface NotificationSink {
  /** Subscription id → the function that ends it. */
  subscriptions: Map<string, () => void>;
  send(text: string): void;
}

/** Who calls. */
export interface Caller {
  /** The connection's id, or the remote address of an HTTP client: what bounds are counted by. */
  client: string;
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
  /** Members of a batch that call it all start at once, whatever the batch's concurrency. */
  unbounded: boolean;
  invoke(context: RpcContext, params: unknown[], caller: Caller): unknown;
}

type ParamItems = readonly z.ZodType[];

export interface MethodDefinition<Items extends ParamItems | [], Output> {
  name: string;
  summary: string;
  /** One schema for each position; `.describe(name)` gives the name used in error messages. */
  params: z.ZodTuple<Items, null>;
  /** Replaces the schema at run time where speed counts; accepts and refuses exactly the same. */
  parse?: (params: unknown[]) => z.output<z.ZodTuple<Items, null>>;
  unbounded?: boolean;
  handler(context: RpcContext, params: z.output<z.ZodTuple<Items, null>>, caller: Caller): Output;
}

function nameOf(item: z.ZodType | undefined): string {
  const inner = item instanceof z.ZodOptional ? item.unwrap() : item;
  const name = item?.description ?? (inner instanceof z.ZodType ? inner.description : undefined);
  return name === undefined ? "" : ` (${name})`;
}

/** Words a schema's first complaint as geth does: which argument, and what is wrong with it. */
function describe(issue: z.core.$ZodIssue | undefined, items: ParamItems, given: number): string {
  const [position, ...inner] = issue?.path ?? [];
  if (typeof position !== "number") return `too many arguments, want at most ${items.length}`;
  const item = items[position];
  if (position >= given) return `missing value for required argument ${position}${nameOf(item)}`;
  const where = inner.length === 0 ? "" : `${inner.map(String).join(".")}: `;
  return `invalid argument ${position}${nameOf(item)}: ${where}${issue?.message ?? "invalid value"}`;
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
      throw invalidParams(`missing value for required argument ${missing}${nameOf(items[missing])}`);
    }
    throw invalidParams(describe(result.error.issues[0], items, given.length));
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
    unbounded: definition.unbounded ?? false,
    invoke: (context, params, caller) => definition.handler(context, parse(params), caller),
  };
}
