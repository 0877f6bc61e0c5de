import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, loadConfig } from "../../infra/index.ts";
import { startEthereumChain } from "../../sequencer/index.ts";
import type { Exchange } from "./exchanges.ts";

export interface ServedChain {
  url: string;
  info: Record<string, string>;
  send(request: object): Promise<Exchange["response"]>;
  /** The result of a call; throws what the answer says otherwise. */
  call(method: string, ...params: unknown[]): Promise<unknown>;
  stop(): Promise<void>;
}

/** An imported chain behind a real server, in this process. */
export async function serveChain(files: { genesis: string; chain: string }): Promise<ServedChain> {
  const dataDir = await mkdtemp(join(tmpdir(), "braid-compat-"));
  const config = { ...loadConfig({ env: {}, flags: {} }), l2Host: "127.0.0.1", l2Port: 0 };
  const logger = createLogger({ level: "error", format: "pretty", name: "serve" });
  try {
    const running = await startEthereumChain({ files, dataDir, config, logger });
    const url = running.info["rpcUrl"] ?? "";
    const send = async (request: object): Promise<Exchange["response"]> => {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      });
      return JSON.parse(await response.text());
    };
    return {
      url,
      info: running.info,
      send,
      async call(method, ...params) {
        const { result, error } = await send({ jsonrpc: "2.0", id: 1, method, params });
        if (error !== undefined) throw new TypeError(`${method}: ${error.code} ${error.message}`);
        return result;
      },
      async stop() {
        await running.stop();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}
