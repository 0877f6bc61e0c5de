import { once } from "node:events";
import { createServer, type Server } from "node:http";

interface Answer {
  result?: unknown;
}

/** A way to L1 that can be cut, and that can change what comes back. */
export async function startProxy(target: string, change?: (method: string, answer: Answer) => Answer) {
  let server: Server;
  let port = 0;
  async function mend(): Promise<void> {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const answer = await fetch(target, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      const text = await answer.text();
      response.setHeader("content-type", "application/json");
      response.end(
        change === undefined
          ? text
          : JSON.stringify(change(JSON.parse(body.toString("utf8")).method, JSON.parse(text))),
      );
    }).listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address !== null && typeof address === "object") port = address.port;
  }
  await mend();
  return {
    url: `http://127.0.0.1:${port}`,
    mend,
    async cut(): Promise<void> {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
