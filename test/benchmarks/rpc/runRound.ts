import { cpuByProcess } from "../e2e/cpuByProcess.ts";
import { httpRequest, KeptConnection } from "./keptConnection.ts";
import type { LoadShape, RoundResult, RpcCase, RpcNode } from "./types.ts";

/** The requests of a case as the wire has them, in batches where the shape wants them. */
export function wireRequests({ requests }: RpcCase, { batch }: LoadShape, url: URL): Buffer[] {
  const call = (position: number, id: number) =>
    JSON.stringify({ jsonrpc: "2.0", id, ...requests[position % requests.length] });
  return requests.map((_, index) => {
    if (batch === 1) return httpRequest(url, call(index, 1));
    const members = Array.from({ length: batch }, (_, member) => call(index * batch + member, member));
    return httpRequest(url, `[${members.join(",")}]`);
  });
}

/** For so long, each connection sends its next request when the last was answered. */
export async function runRound(
  node: RpcNode,
  wire: Buffer[],
  shape: LoadShape,
  roundMs: number,
): Promise<RoundResult> {
  const url = new URL(node.rpcUrl);
  const connections = await Promise.all(
    Array.from({ length: shape.connections }, () => KeptConnection.open(url)),
  );
  const latencies: number[] = [];
  let bytes = 0;
  let next = 0;
  const cpuBefore = cpuSeconds(node.pid);
  const started = performance.now();
  const drive = async (connection: KeptConnection) => {
    for (let now = performance.now(); now - started < roundMs; ) {
      const request = wire[next++ % wire.length];
      if (request === undefined) return;
      const received = await connection.send(request);
      bytes += received;
      const after = performance.now();
      latencies.push(after - now);
      now = after;
    }
  };
  try {
    await Promise.all(connections.map(drive));
  } finally {
    for (const connection of connections) connection.close();
  }
  const seconds = (performance.now() - started) / 1000;
  const calls = latencies.length * shape.batch;
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return {
    calls,
    perSecond: calls / seconds,
    p50: at(0.5),
    p99: at(0.99),
    cpu: ((cpuSeconds(node.pid) - cpuBefore) * 1e6) / calls,
    bytes: bytes / calls,
  };
}

const cpuSeconds = (pid: number) => [...cpuByProcess(pid).values()].reduce((sum, value) => sum + value, 0);
