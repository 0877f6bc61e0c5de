import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";

/** Methods of the public document, each with the check of its result. */
export type ExecutionApis = ReadonlyMap<string, ValidateFunction>;

const NAMESPACES = ["eth", "debug", "txpool"];

function readYaml(folder: string): unknown[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return files.map((name) => parse(readFileSync(path.join(folder, name), "utf8")));
}

/**
 * The `src` folder of the repository ethereum/execution-apis, which BRAID_TEST_EXECUTION_APIS_SPEC names, as checks of
 * results. Undefined without it.
 */
export function loadExecutionApis(): ExecutionApis | undefined {
  const folder = process.env["BRAID_TEST_EXECUTION_APIS_SPEC"];
  if (folder === undefined || folder === "") return undefined;
  const schemas: Record<string, unknown> = {};
  for (const file of readYaml(path.join(folder, "schemas"))) Object.assign(schemas, file);
  const ajv = new Ajv({ strict: false, allErrors: false, addUsedSchema: false });
  ajv.addSchema({ $id: "document", components: { schemas } });
  const methods = new Map<string, ValidateFunction>();
  for (const file of NAMESPACES.flatMap((name) => readYaml(path.join(folder, name)))) {
    if (!Array.isArray(file)) continue;
    for (const { name, result } of file) {
      if (typeof name !== "string" || result?.schema === undefined) continue;
      methods.set(name, ajv.compile(withDocument(result.schema)));
    }
  }
  return methods;
}

/** References to `#/components` mean the document, wherever they stand. */
function withDocument(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/'));
}
