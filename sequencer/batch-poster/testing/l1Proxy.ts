import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";

export interface JsonRpcRequest {
  id: number;
  method: string;
  params: unknown[];
}

/** An HTTP server for JSON-RPC that can be cut off and mended, at the same address. */
export async function jsonRpcServer(answer: (request: JsonRpcRequest) => Promise<unknown>) {
  let server: Server;
  let port = 0;
  const mend = async () => {
    server = createServer(async (request: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(await answer(JSON.parse(Buffer.concat(chunks).toString()))));
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address !== null && typeof address === "object") port = address.port;
  };
  await mend();
  return {
    url: `http://127.0.0.1:${port}`,
    mend,
    cut: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The answer of the L1 behind. */
export async function askL1(url: string, request: JsonRpcRequest): Promise<unknown> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  return answer.json();
}
