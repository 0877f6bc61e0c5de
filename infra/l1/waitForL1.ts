import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { BraidError } from "../../protocol/index.ts";

/** L1 did not answer in time, or is another chain than the configured one. */
export class L1Error extends BraidError {}

export interface WaitForL1Options {
  url: string;
  chainId: number;
  /** How long L1 may take to answer; a wrong chain id is not waited for. */
  deadlineMs: number;
  signal?: AbortSignal;
}

const POLL_MS = 200;
const chainIdAnswer = z.object({ result: z.string().regex(/^0x[0-9a-fA-F]+$/) });

/**
 * Resolves when L1 answers with the configured chain id. Nothing is signed for L1 before: the key and the chain id of
 * the settings belong together. Throws L1Error.
 */
export async function waitForL1({ url, chainId, deadlineMs, signal }: WaitForL1Options): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await askChainId(url);
    if (answer === chainId) return;
    if (typeof answer === "number") throw wrongChain(answer, chainId);
    if (performance.now() > deadline) throw noAnswer(url, deadlineMs, answer);
    await delay(POLL_MS);
  }
}

/** The chain id, or why there is none. */
async function askChainId(url: string): Promise<number | string> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
      signal: AbortSignal.timeout(3000),
    });
    if (!response.ok) return `HTTP ${response.status}`;
    const answer = chainIdAnswer.safeParse(await response.json());
    return answer.success ? Number(answer.data.result) : "no answer to eth_chainId";
  } catch (error) {
    return reasonOf(error);
  }
}

/** `fetch` hides the reason in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}

function noAnswer(url: string, deadlineMs: number, reason: string): L1Error {
  const seconds = Math.round(deadlineMs / 1000);
  return new L1Error(
    "L1_UNAVAILABLE",
    `no L1 answered at ${withoutSecrets(url)} within ${seconds} s: ${reason}`,
    {
      retryable: true,
      hint: "Start that L1, or correct BRAID_L1_URL.",
    },
  );
}

function wrongChain(found: number, configured: number): L1Error {
  return new L1Error("L1_CHAIN_ID", `the L1 has chain id ${found}, not ${configured}`, {
    hint: "Correct BRAID_L1_URL or BRAID_L1_CHAIN_ID.",
  });
}

/** A provider's key is often in the path: only the origin is shown. */
function withoutSecrets(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
