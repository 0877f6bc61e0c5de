import { createHash } from "node:crypto";
import type { Worker } from "node:worker_threads";
import { BraidError } from "../../protocol/index.ts";
import { startThread } from "../threads/startThread.ts";
import type { KzgAnswer, KzgQuestion, KzgRequest } from "./kzgThread.ts";

/** `retryable`: the thread was lost. Otherwise the bytes are no blob. */
export class KzgError extends BraidError {
  constructor(reason: string, retryable: boolean) {
    super("KZG_FAILED", `no commitment to a blob: ${reason}`, { retryable });
  }
}

interface Waiting {
  resolve(found: Uint8Array[]): void;
  reject(error: KzgError): void;
}

const VERSION = 1;
const CELLS = 128;

/** One thread a process, from the first blob on. It keeps no process alive. */
const waiting = new Map<number, Waiting>();
let thread: Worker | undefined;
let next = 0;

/** 48 bytes (EIP-4844). `blob`: 131,072 bytes. Throws KzgError. */
export function blobCommitment(blob: Uint8Array): Promise<Uint8Array> {
  return one({ blob, wants: "commitment" });
}

/** What went with a blob over the network before Osaka (EIP-4844), 48 bytes. Throws KzgError. */
export function blobProof(blob: Uint8Array, commitment: Uint8Array): Promise<Uint8Array> {
  return one({ blob, wants: "proof", commitment });
}

/** What goes with a blob since (EIP-7594): the proofs of its 128 cells, 48 bytes each. Throws KzgError. */
export async function blobCellProofs(blob: Uint8Array): Promise<Uint8Array[]> {
  const proofs = await ask({ blob, wants: "cell-proofs" });
  if (proofs.length !== CELLS) throw new KzgError(`${proofs.length} cell proofs`, false);
  return proofs;
}

/** EIP-4844: what L1 names a blob by, 32 bytes. */
export function versionedHash(commitment: Uint8Array): Uint8Array {
  const hash = new Uint8Array(createHash("sha256").update(commitment).digest());
  hash[0] = VERSION;
  return hash;
}

async function one(question: KzgQuestion): Promise<Uint8Array> {
  const [found, ...more] = await ask(question);
  if (found === undefined || more.length > 0) throw new KzgError(`${more.length} answers`, false);
  return found;
}

function ask(question: KzgQuestion): Promise<Uint8Array[]> {
  return new Promise<Uint8Array[]>((resolve, reject) => {
    const id = next++;
    waiting.set(id, { resolve, reject });
    const request: KzgRequest = { ...question, id };
    running().postMessage(request);
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
    else asked?.resolve(answer.found);
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
