import { Agent, request } from "node:http";
import { WebSocket } from "ws";
import { BraidError } from "../../protocol/index.ts";
import type { FuzzCase } from "./randomRequest.ts";

/** An answer that JSON-RPC does not allow, or none where one must come. */
export class FuzzError extends BraidError {
  constructor(what: string, sent: Buffer) {
    super("FUZZ_FAILED", `${what}; sent: ${sent.subarray(0, 2000).toString("utf8")}`);
  }
}

export interface FuzzClient {
  /** The answer; rejects when it is not one. */
  send(one: FuzzCase): Promise<string>;
  close(): void;
}

const WITHIN_MS = 60_000;

function isAnswer(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("jsonrpc" in value) || value.jsonrpc !== "2.0")
    return false;
  if (!("id" in value) || "result" in value === "error" in value) return false;
  if (!("error" in value)) return true;
  const { error } = value;
  if (typeof error !== "object" || error === null || !("code" in error) || !("message" in error))
    return false;
  return Number.isInteger(error.code) && typeof error.message === "string" && error.message !== "";
}

/** Internal errors are findings too: nothing that a client sends may be our fault. */
function problem(text: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return "the answer is no JSON";
  }
  const answers = Array.isArray(parsed) ? parsed : [parsed];
  if (answers.length === 0 || !answers.every(isAnswer)) return `no JSON-RPC answer: ${text.slice(0, 500)}`;
  return text.includes('"code":-32603') ? `an internal error: ${text.slice(0, 500)}` : undefined;
}

function check({ body, answered }: FuzzCase, text: string): string {
  if (text === "") {
    if (answered === true) throw new FuzzError("no answer", body);
    return text;
  }
  if (answered === false) throw new FuzzError(`a notification was answered: ${text.slice(0, 500)}`, body);
  const found = problem(text);
  if (found !== undefined) throw new FuzzError(found, body);
  return text;
}

export function createHttpClient(url: string): FuzzClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const post = (body: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": body.length };
      const outgoing = request(url, { method: "POST", agent, headers, timeout: WITHIN_MS }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
        response.once("error", reject);
      });
      outgoing.once("timeout", () => outgoing.destroy(new FuzzError("no answer in time", body)));
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  return {
    send: async (one) => check(one, await post(one.body)),
    close: () => agent.destroy(),
  };
}

/** One request at a time on one connection, so that each answer has its question. A marker tells of a missing one. */
export async function createWebSocketClient(url: string): Promise<FuzzClient> {
  const socket = new WebSocket(url.replace(/^http/, "ws"));
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const MARKER = "marker-of-the-fuzzer";
  const marker = JSON.stringify({ jsonrpc: "2.0", id: MARKER, method: "web3_clientVersion", params: [] });
  let hear: ((text: string) => void) | undefined;
  socket.on("message", (data) => {
    const text = String(data);
    if (!text.includes('"method":"eth_subscription"')) hear?.(text);
  });

  function exchange(one: FuzzCase): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer: string | undefined;
      let marked = false;
      const timer = setTimeout(() => reject(new FuzzError("no answer in time", one.body)), WITHIN_MS);
      const fail = () => reject(new FuzzError("the connection was closed", one.body));
      socket.once("close", fail);
      hear = (text) => {
        if (text.includes(MARKER)) marked = true;
        else answer = text;
        // A slow answer may come behind the marker; what must be answered is waited for.
        if (!marked || (answer === undefined && one.answered === true)) return;
        clearTimeout(timer);
        socket.off("close", fail);
        resolve(answer ?? "");
      };
      // As text, as a browser would: broken UTF-8 is a broken frame, which ends a connection by RFC 6455.
      socket.send(one.body.toString("utf8"));
      socket.send(marker);
    });
  }

  return {
    send: async (one) => check(one, await exchange(one)),
    close: () => socket.terminate(),
  };
}
