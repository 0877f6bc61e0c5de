import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anvilDifferences } from "../../sequencer/rpc/docs/anvilDifferences.ts";
import { RpcError, rpc } from "../support/rpc.ts";
import { type SpawnedAnvil, spawnAnvil } from "../support/spawnAnvil.ts";
import { startTestNode, type TestNode } from "../support/testNode.ts";
import { CHAIN_ID } from "./clientsNode.ts";
import { buildChain, type Side } from "./comparison/buildChain.ts";
import { compareAnswers } from "./comparison/compareAnswers.ts";
import { type ComparedRequest, requests } from "./comparison/requests.ts";

let node: TestNode;
let anvil: SpawnedAnvil;
let sides: [Side, Side];
let asked: ComparedRequest[];

beforeAll(async () => {
  [node, anvil] = await Promise.all([
    startTestNode({ BRAID_DEV: "true" }),
    spawnAnvil(["--chain-id", String(CHAIN_ID), "--gas-limit", "120000000", "--steps-tracing"]),
  ]);
  sides = [
    { name: "Braid", url: node.rpcUrl, blockHashes: [] },
    { name: "Anvil", url: anvil.rpcUrl, blockHashes: [] },
  ];
  asked = requests(await buildChain(sides));
}, 120_000);
afterAll(async () => {
  await node?.stop();
  await anvil?.stop();
});

async function answer({ method, params }: ComparedRequest, side: Side): Promise<object> {
  try {
    return { result: await rpc(side.url, method, params(side)) };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const { rpcCode: code, message, data } = error;
    return { error: { code, message, ...(data === undefined ? {} : { data }) } };
  }
}

const failed = (answered: object): boolean => "error" in answered;

/** An answer's differences; those of errors, which are a method's many, with what was asked. */
function told({ method, about }: ComparedRequest, ours: object, theirs: object): string[] {
  if (failed(ours) !== failed(theirs)) {
    return [`${method}: an error from ${failed(ours) ? "Braid" : "Anvil"} alone (${about})`];
  }
  return compareAnswers(ours, theirs).map((what) => {
    if (what === "error.code has another value") return `${method}: another error code (${about})`;
    if (what === "error.message has another value") return `${method}: other words (${about})`;
    const plain = what.replace(/^result\./, "").replace(/^result/, "the result");
    return `${method}: ${failed(ours) ? `${plain} (${about})` : plain}`;
  });
}

describe("the same requests to Braid and to Anvil, on the same blocks", () => {
  it("are answered alike but for the differences that are listed, each of which is there", async () => {
    const found = new Set<string>();
    const [braid, twin] = sides;
    for (const request of asked) {
      const [ours, theirs] = await Promise.all([answer(request, braid), answer(request, twin)]);
      for (const difference of told(request, ours, theirs)) found.add(difference);
    }
    const listed = anvilDifferences.flatMap(({ methods, what }) =>
      methods.flatMap((method) => what.map((where) => `${method}: ${where}`)),
    );
    expect({
      unlisted: [...found].filter((difference) => !listed.includes(difference)).toSorted(),
      gone: listed.filter((difference) => !found.has(difference)).toSorted(),
    }).toEqual({ unlisted: [], gone: [] });
    expect(new Set(listed).size).toBe(listed.length);
  }, 120_000);
});
