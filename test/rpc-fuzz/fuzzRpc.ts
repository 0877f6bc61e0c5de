import { createHttpClient, createWebSocketClient, type FuzzClient } from "./fuzzClient.ts";
import { type DocumentedMethod, randomCase } from "./randomRequest.ts";
import { createRandomSource } from "./randomSource.ts";

export interface FuzzOutcome {
  sent: number;
  failures: unknown[];
  /** How often each came: `result`, an error's code, or `nothing` to notifications. */
  answers: Map<string, number>;
  /** Bytes of memory that the process held at the start and at most. */
  rssAtStart: number;
  rssAtMost: number;
}

const HTTP_CLIENTS = 8;
const WEBSOCKET_CLIENTS = 8;
const FAILURES_KEPT = 20;

async function documented(url: string): Promise<DocumentedMethod[]> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "rpc.discover", params: [] });
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  const { result } = (await response.json()) as { result: { methods: DocumentedMethod[] } };
  // Its answer is the whole document: left to a test of its own.
  return result.methods.filter(({ name }) => name !== "rpc.discover");
}

function kindsOf(text: string): string[] {
  if (text === "") return ["nothing"];
  const parsed: unknown = JSON.parse(text);
  return (Array.isArray(parsed) ? parsed : [parsed]).map((answer) => String(answer.error?.code ?? "result"));
}

/** Sends so many random requests, half of them over WebSocket. The same seed sends the same requests. */
export async function fuzzRpc(url: string, count: number, seed: number): Promise<FuzzOutcome> {
  const methods = await documented(url);
  const answers = new Map<string, number>();
  const rssAtStart = process.memoryUsage.rss();
  const outcome: FuzzOutcome = { sent: 0, failures: [], answers, rssAtStart, rssAtMost: rssAtStart };
  let taken = 0;

  async function drive(index: number, connect: () => Promise<FuzzClient>): Promise<void> {
    const random = createRandomSource(seed + index);
    let client = await connect();
    while (taken < count && outcome.failures.length < FAILURES_KEPT) {
      taken++;
      const one = randomCase(methods, random);
      try {
        for (const kind of kindsOf(await client.send(one))) answers.set(kind, (answers.get(kind) ?? 0) + 1);
      } catch (error) {
        outcome.failures.push(error);
        client.close();
        client = await connect();
      }
      outcome.sent++;
      if (outcome.sent % 100 === 0)
        outcome.rssAtMost = Math.max(outcome.rssAtMost, process.memoryUsage.rss());
    }
    client.close();
  }

  const clients: Promise<void>[] = [];
  for (let index = 0; index < HTTP_CLIENTS; index++)
    clients.push(drive(index, async () => createHttpClient(url)));
  for (let index = 0; index < WEBSOCKET_CLIENTS; index++) {
    clients.push(drive(HTTP_CLIENTS + index, () => createWebSocketClient(url)));
  }
  await Promise.all(clients);
  return outcome;
}
