import { isDeepStrictEqual } from "node:util";
import { BraidError } from "../../../protocol/index.ts";
import { HttpConnections } from "../e2e/httpConnections.ts";
import { spreadOf } from "../executor/statistics.ts";
import { runRound, wireRequests } from "./runRound.ts";
import type { LoadShape, RoundResult, RpcCase, RpcNode, RpcRow } from "./types.ts";

/** Requests of a case whose answers are compared before it is measured. */
const COMPARED = 20;
/** Before the rounds that count: both nodes, ours above all, are slower with code that has hardly run. */
const WARMUP_MS = 700;

export interface MeasureOptions {
  rounds: number;
  roundMs: number;
}

/** Both must say the same before their speed means anything. */
export async function compareNodes(nodes: readonly RpcNode[], measured: RpcCase): Promise<void> {
  const connections = nodes.map(({ rpcUrl }) => new HttpConnections(rpcUrl, 1));
  try {
    for (const { method, params } of measured.requests.slice(0, COMPARED)) {
      const answers = await Promise.all(
        connections.map(async (http) => measured.compare(await http.call(method, params))),
      );
      const other = answers.findIndex((answer) => !isDeepStrictEqual(answer, answers[0]));
      if (other < 0) continue;
      throw new BraidError(
        "BENCH_DIFFERENT",
        `${measured.name}: ${nodes[0]?.name} and ${nodes[other]?.name} answer ${JSON.stringify(params)} differently`,
        {
          hint: `${JSON.stringify(answers[0])?.slice(0, 600)}\n${JSON.stringify(answers[other])?.slice(0, 600)}`,
        },
      );
    }
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** A round on each node in turn, as often as wanted: what else happens on the machine meets both. */
export async function measureNodes(
  nodes: readonly RpcNode[],
  measured: RpcCase,
  shape: LoadShape,
  { rounds, roundMs }: MeasureOptions,
): Promise<RpcRow[]> {
  const wires = nodes.map(({ rpcUrl }) => wireRequests(measured, shape, new URL(rpcUrl)));
  const results = nodes.map((): RoundResult[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, node] of nodes.entries()) {
      const result = await runRound(node, wires[index] ?? [], shape, round < 0 ? WARMUP_MS : roundMs);
      if (round >= 0) results[index]?.push(result);
    }
  }
  return nodes.map(({ name }, index) => {
    const of = (field: keyof RoundResult) => spreadOf((results[index] ?? []).map((result) => result[field]));
    return {
      case: measured.name,
      shape,
      node: name,
      perSecond: of("perSecond"),
      p50: of("p50"),
      p99: of("p99"),
      cpu: of("cpu"),
      bytes: of("bytes").median,
    };
  });
}
