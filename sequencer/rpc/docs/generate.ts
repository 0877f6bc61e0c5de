import { readFileSync, writeFileSync } from "node:fs";
import { methods } from "../methods/index.ts";
import { jsonRpcPage } from "./jsonRpcPage.ts";
import { openRpcDocument } from "./openRpcDocument.ts";

/** `npm run docs`: writes docs/json-rpc.md and docs/openrpc.json anew. */
const at = (path: string) => new URL(path, import.meta.url);

writeFileSync(
  at("../../../docs/openrpc.json"),
  `${JSON.stringify(openRpcDocument(methods.values()), null, 2)}\n`,
);
writeFileSync(
  at("../../../docs/json-rpc.md"),
  jsonRpcPage(methods.values(), readFileSync(at("./template.md"), "utf8")),
);
