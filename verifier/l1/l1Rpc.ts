/**
 * JSON-RPC to L1 that holds bounds: a timeout for each try, a limit on what is read of an answer, and retries with
 * growing pauses for what time may heal. What the node refuses is told at once, as L1RefusedError.
 */
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { L1UnavailableError, VerifierError } from "../verifierError.ts";

export interface L1Rpc {
  /** The result, unchecked. Throws L1UnavailableError, or L1RefusedError for an error that the node answers with. */
  request(method: string, params: unknown[]): Promise<unknown>;
}

/** The node answered, with an error. */
export class L1RefusedError extends VerifierError {
  constructor(method: string, reason: string) {
    super("L1_REFUSED", `L1 refuses ${method}: ${reason}`, {
      hint: "Ask another L1 node, one that keeps logs and transactions since the rollup was deployed.",
    });
  }
}

export interface L1RpcOptions {
  url: string;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  attempts?: number;
}

const TIMEOUT_MS = 20_000;
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERRORS = 500;

const answerSchema = z.union([
  z.object({ error: z.object({ code: z.number(), message: z.string() }) }),
  z.object({ result: z.unknown() }),
]);

export function createL1Rpc({
  url,
  signal,
  timeoutMs = TIMEOUT_MS,
  attempts = ATTEMPTS,
}: L1RpcOptions): L1Rpc {
  let id = 0;

  /** The answer, or a reason to try again. */
  async function attempt(method: string, body: string): Promise<{ result: unknown } | { failure: string }> {
    // A long-lived signal would keep all that AbortSignal.any makes of it.
    const either = new AbortController();
    const abort = () => either.abort();
    const timer = setTimeout(abort, timeoutMs);
    signal?.addEventListener("abort", abort, { once: true });
    let text: string;
    try {
      const headers = { "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", headers, body, signal: either.signal });
      const { status } = response;
      if (status === TOO_MANY_REQUESTS || status >= SERVER_ERRORS) {
        await response.body?.cancel();
        return { failure: `HTTP ${status}` };
      }
      text = await boundedText(method, response);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof VerifierError) throw error;
      return { failure: either.signal.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error) };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
    const answer = answerSchema.safeParse(parsed(text));
    if (!answer.success) return { failure: "no JSON-RPC answer" };
    if ("error" in answer.data) throw new L1RefusedError(method, answer.data.error.message.slice(0, 300));
    return { result: answer.data.result };
  }

  return {
    async request(method, params) {
      const body = JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params });
      let pause = FIRST_PAUSE_MS;
      for (let tried = 1; ; tried++) {
        signal?.throwIfAborted();
        const outcome = await attempt(method, body);
        if ("result" in outcome) return outcome.result;
        if (tried >= attempts) throw new L1UnavailableError(`L1 at ${withoutSecrets(url)}`, outcome.failure);
        await delay(pause, undefined, signal === undefined ? {} : { signal });
        pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
      }
    },
  };
}

async function boundedText(method: string, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MOST_ANSWER_BYTES) throw new L1RefusedError(method, "its answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No answer: the schema says so.
    return undefined;
  }
}

/** `fetch` hides the reason in its cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}

/** A provider's key is often in the path: only the origin is shown. */
export function withoutSecrets(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
