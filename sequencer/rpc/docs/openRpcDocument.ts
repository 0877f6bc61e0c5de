import { VERSION } from "../../../infra/index.ts";
import type { RpcMethod } from "../json-rpc/method.ts";
import { type Json, jsonSchema } from "./jsonSchema.ts";
import { parameters } from "./parameters.ts";

/** `eth` of `eth_call`. */
export function namespaceOf(method: Pick<RpcMethod, "name">): string {
  return method.name.split(/[_.]/)[0] ?? method.name;
}

function describeMethod(method: RpcMethod): Json {
  return {
    name: method.name,
    summary: method.summary,
    tags: [{ name: namespaceOf(method) }],
    paramStructure: "by-position",
    params: parameters(method).map(({ name, required, schema }) => ({ name, required, schema })),
    result: {
      name: "result",
      schema: method.result === undefined ? {} : jsonSchema(method.result, "output"),
    },
    ...(method.limits.length > 0 ? { "x-limits": method.limits } : {}),
  };
}

const byName = (one: RpcMethod, other: RpcMethod): number => (one.name < other.name ? -1 : 1);

/** OpenRPC 1.3 of these methods, made from the schemas that check their calls. */
export function openRpcDocument(methods: Iterable<RpcMethod>): Json {
  return {
    openrpc: "1.3.2",
    info: { title: "Braid JSON-RPC", version: VERSION, license: { name: "MIT" } },
    methods: [...methods].sort(byName).map(describeMethod),
  };
}
