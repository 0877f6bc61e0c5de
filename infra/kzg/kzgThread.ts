/** Commitments and proofs of blobs, one request after the other. */
import { parentPort } from "node:worker_threads";
import { loadNativeKzg } from "./nativeKzg.ts";

export type KzgQuestion = { blob: Uint8Array } & (
  | { wants: "commitment" | "cell-proofs" }
  | { wants: "proof"; commitment: Uint8Array }
);

export type KzgRequest = KzgQuestion & { id: number };

/** `found`: one for a commitment or a proof, 128 for cell proofs. */
export type KzgAnswer = { id: number; found: Uint8Array[] } | { id: number; error: string };

const engine = (await loadNativeKzg()) ?? (await import("./scriptKzg.ts")).createScriptKzg();

function answer(request: KzgRequest): KzgAnswer {
  const { id } = request;
  try {
    return { id, found: found(request) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message.slice(0, 200) : "failed" };
  }
}

function found(question: KzgQuestion): Uint8Array[] {
  const { blob, wants } = question;
  if (wants === "commitment") return [engine.commitment(blob)];
  if (wants === "proof") return [engine.proof(blob, question.commitment)];
  return engine.cellProofs(blob);
}

parentPort?.on("message", (request: KzgRequest) => parentPort?.postMessage(answer(request)));
