import { parentPort } from "node:worker_threads";
import { loadKzg } from "./kzg.ts";

/** A blob to commit to, and what comes of it. */
export interface KzgRequest {
  id: number;
  blob: Uint8Array;
}

export type KzgAnswer =
  | { id: number; commitment: Uint8Array; proof: Uint8Array }
  | { id: number; error: string };

const loading = loadKzg();

parentPort?.on("message", ({ id, blob }: KzgRequest) => {
  loading
    .then((kzg): KzgAnswer => ({ id, ...kzg.commitAndProve(blob) }))
    .catch((error: unknown): KzgAnswer => ({ id, error: error instanceof Error ? error.message : "failed" }))
    .then((answer) => parentPort?.postMessage(answer));
});
