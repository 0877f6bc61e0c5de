import { Agent, request } from "node:http";
import { BraidError } from "../../../protocol/index.ts";

/** Posts ready-made JSON over a few kept-open connections: as little work a request as Node allows. */
export class HttpConnections {
  private readonly agent: Agent;
  private readonly url: URL;

  constructor(rpcUrl: string, connections: number) {
    this.url = new URL(rpcUrl);
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        this.url,
        {
          agent: this.agent,
          method: "POST",
          headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("end", () => resolve(Buffer.concat(chunks).toString()));
          incoming.on("error", reject);
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  async call(method: string, params: unknown[]): Promise<unknown> {
    const text = await this.post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
    const answer = JSON.parse(text) as { result?: unknown; error?: { message: string } };
    if (answer.error !== undefined) {
      throw new BraidError("BENCH_RPC_FAILED", `${method}: ${answer.error.message}`);
    }
    return answer.result;
  }

  close(): void {
    this.agent.destroy();
  }
}
