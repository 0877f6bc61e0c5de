import { createHash } from "node:crypto";
import type { Worker } from "node:worker_threads";
import { BraidError } from "../../protocol/index.ts";
import { startThread } from "../threads/startThread.ts";
import type { KzgAnswer } from "./kzgThread.ts";

/** `retryable`: the thread was lost. Otherwise the bytes are no blob. */
export class KzgError extends BraidError {
  constructor(reason: string, retryable: boolean) {
    super("KZG_FAILED", `no commitment to a blob: ${reason}`, { retryable });
  }
}

export interface BlobProof {
  commitment: Uint8Array;
  proof: Uint8Array;
}

interface Waiting {
  resolve(answer: { commitment: Uint8Array; proof: Uint8Array | undefined }): void;
  reject(error: KzgError): void;
}

const VERSION = 1;

/** One thread a process, from the first blob on. It keeps no process alive. */
const waiting = new Map<number, Waiting>();
let thread: Worker | undefined;
let next = 0;

/** 48 bytes (EIP-4844). `blob`: 131,072 bytes. Throws KzgError. */
export async function blobCommitment(blob: Uint8Array): Promise<Uint8Array> {
  return (await ask(blob, false)).commitment;
}

/** The commitment, and the proof that goes with the blob over the network (EIP-4844), 48 bytes each. Throws KzgError. */
export async function blobProof(blob: Uint8Array): Promise<BlobProof> {
  const { commitment, proof } = await ask(blob, true);
  if (proof === undefined) throw new KzgError("the thread left the proof out", false);
  return { commitment, proof };
}

/** EIP-4844: what L1 names a blob by, 32 bytes. */
export function versionedHash(commitment: Uint8Array): Uint8Array {
  const hash = new Uint8Array(createHash("sha256").update(commitment).digest());
  hash[0] = VERSION;
  return hash;
}

function ask(blob: Uint8Array, proves: boolean) {
  return new Promise<{ commitment: Uint8Array; proof: Uint8Array | undefined }>((resolve, reject) => {
    const id = next++;
    waiting.set(id, { resolve, reject });
    running().postMessage({ id, blob, proves });
  });
}

function running(): Worker {
  if (thread !== undefined) {
    thread.ref();
    return thread;
  }
  const started = startThread(new URL("./kzgThread.ts", import.meta.url), {});
  started.on("message", (answer: KzgAnswer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (waiting.size === 0) started.unref();
    if ("error" in answer) asked?.reject(new KzgError(answer.error, false));
    else asked?.resolve(answer);
  });
  const lost = (reason: string) => {
    if (thread === started) thread = undefined;
    for (const [id, { reject }] of waiting) {
      waiting.delete(id);
      reject(new KzgError(reason, true));
    }
  };
  started.on("error", (error) => lost(error instanceof Error ? error.message : "the thread failed"));
  started.on("exit", () => lost("the thread ended"));
  thread = started;
  return started;
}
