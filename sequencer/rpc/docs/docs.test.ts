import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { methods } from "../methods/index.ts";
import { startHarness } from "../testing/rpcHarness.ts";
import { jsonRpcPage } from "./jsonRpcPage.ts";
import { openRpcDocument } from "./openRpcDocument.ts";
import { parameters } from "./parameters.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
/** The formatter aligns the cells of tables. */
const unaligned = (text: string) => text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---");
const document = JSON.parse(JSON.stringify(openRpcDocument(methods.values())));

it("the committed documents are those that the code makes (else: npm run docs)", () => {
  expect(JSON.parse(read("../../../docs/openrpc.json"))).toEqual(document);
  const page = jsonRpcPage(methods.values(), read("./template.md"));
  expect(unaligned(read("../../../docs/json-rpc.md"))).toBe(unaligned(page));
});

it("a node serves the document of what it serves", async () => {
  const harness = await startHarness();
  expect((await harness.call("rpc.discover")).result).toEqual(document);
  expect((await harness.call("rpc_modules")).result).toMatchObject({ eth: "1.0", rpc: "1.0", web3: "1.0" });
  await harness.stop();
});

it("every method has a summary, and names each of its parameters once", () => {
  for (const method of methods.values()) {
    expect(method.summary, method.name).not.toBe("");
    const names = parameters(method).map(({ name }) => name);
    expect(new Set(names).size, `${method.name}(${names.join()})`).toBe(names.length);
    expect(
      names.filter((name) => /^argument\d+$/.test(name)),
      method.name,
    ).toEqual([]);
  }
});
