import { FIELDS, type Field } from "../../../infra/index.ts";
import type { RpcMethod } from "../json-rpc/method.ts";
import { DEFAULT_RPC_LIMITS } from "../limits.ts";
import { anvilDifferences } from "./anvilDifferences.ts";
import type { Json } from "./jsonSchema.ts";
import { namespaceOf } from "./openRpcDocument.ts";
import { parameters } from "./parameters.ts";

const cell = (text: string) => text.replaceAll("|", "\\|");

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map((row) => line(row.map(cell)))].join("\n");
}

/** A word or two for what a parameter takes; the OpenRPC document has all of it. */
function shortType(schema: Json): string {
  const { type, pattern } = schema;
  if (schema["enum"] !== undefined || typeof pattern !== "string")
    return typeof type === "string" ? type : "";
  const fixed = /\{(\d+)\}\$$/.exec(pattern)?.[1];
  return fixed === undefined ? "hex" : `${Number(fixed) / 2} bytes`;
}

function parameterText(method: RpcMethod): string {
  return parameters(method)
    .map(({ name, required, schema }) => {
      const type = shortType(schema);
      return `\`${name}${required ? "" : "?"}\`${type === "" ? "" : ` ${type}`}`;
    })
    .join(", ");
}

const limitText = (method: RpcMethod) =>
  method.limits.map((name) => `${name} ${DEFAULT_RPC_LIMITS[name]}`).join(", ");

function methodTables(methods: RpcMethod[]): string {
  const spaces = [...new Set(methods.map(namespaceOf))].sort();
  return spaces
    .map((space) => {
      const rows = methods
        .filter((method) => namespaceOf(method) === space)
        .map((method) => [`\`${method.name}\``, parameterText(method), method.summary, limitText(method)]);
      return `### ${space}\n\n${table(["method", "parameters", "", "limits"], rows)}`;
    })
    .join("\n\n");
}

function limitTable(): string {
  const fields: Field<unknown>[] = Object.values(FIELDS);
  const rows = fields
    .filter(({ env }) => env.startsWith("BRAID_RPC_"))
    .map(({ env, meaning, default: standard }) => [`\`${env}\``, meaning, standard ?? ""]);
  return table(["setting", "meaning", "default"], rows);
}

/** Each reason once, with all that it explains. */
function differenceTable(): string {
  const reasons = [...new Set(anvilDifferences.map(({ reason }) => reason))];
  const rows = reasons.map((reason) => {
    const places = anvilDifferences.filter((difference) => difference.reason === reason);
    const methods = [...new Set(places.flatMap((place) => place.methods))].map((name) => `\`${name}\``);
    const what = [...new Set(places.flatMap((place) => place.what))];
    return [methods.join(", "), what.join("; "), reason];
  });
  return table(["methods", "where, and how", "why"], rows);
}

/** The page of all methods: what is written by hand comes from the template, the tables from the code. */
export function jsonRpcPage(methods: Iterable<RpcMethod>, template: string): string {
  const sorted = [...methods].sort((one, other) => (one.name < other.name ? -1 : 1));
  return template
    .replace("{{methods}}", () => methodTables(sorted))
    .replace("{{limits}}", () => limitTable())
    .replace("{{differences}}", () => differenceTable());
}
