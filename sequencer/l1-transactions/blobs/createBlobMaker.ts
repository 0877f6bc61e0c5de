import { createHash } from "node:crypto";
import type { Worker } from "node:worker_threads";
import { LRUCache } from "lru-cache";
import { startThread } from "../../../infra/index.ts";
import { BraidError, bytesToHex, keccak256, packBlobs } from "../../../protocol/index.ts";
import type { BlobSidecar } from "../types.ts";
import type { KzgAnswer } from "./kzgThread.ts";

export interface BlobMaker {
  /** The blobs that carry this data, with their commitments and proofs (EIP-4844). */
  make(data: Uint8Array): Promise<BlobSidecar>;
  stop(): Promise<void>;
}

export class BlobError extends BraidError {
  constructor(reason: string) {
    super("BLOBS_FAILED", `blobs could not be made: ${reason}`, { retryable: true });
  }
}

const REMEMBERED = 16;
/** Of a blob of zeros: the point at infinity. */
const INFINITY = Uint8Array.from({ length: 48 }, (_, index) => (index === 0 ? 0xc0 : 0));

interface Waiting {
  resolve(answer: { commitment: Uint8Array; proof: Uint8Array }): void;
  reject(error: BlobError): void;
}

/** Works on a thread of its own, which is started with the first blob, or by `warm`. */
export function createBlobMaker({ warm = false } = {}): BlobMaker {
  const made = new LRUCache<string, Promise<BlobSidecar>>({ max: REMEMBERED });
  const waiting = new Map<number, Waiting>();
  let thread: Worker | undefined;
  let next = 0;

  function running(): Worker {
    if (thread !== undefined) return thread;
    const started = startThread(new URL("./kzgThread.ts", import.meta.url), {});
    started.on("message", (answer: KzgAnswer) => {
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ("error" in answer) asked?.reject(new BlobError(answer.error));
      else asked?.resolve(answer);
    });
    const lost = (reason: string) => {
      if (thread === started) thread = undefined;
      for (const [id, { reject }] of waiting) {
        waiting.delete(id);
        reject(new BlobError(reason));
      }
    };
    started.on("error", (error) => lost(error instanceof Error ? error.message : "the thread failed"));
    started.on("exit", () => lost("the thread ended"));
    started.unref();
    thread = started;
    return started;
  }

  function commit(blob: Uint8Array): Promise<{ commitment: Uint8Array; proof: Uint8Array }> {
    if (blob.every((byte) => byte === 0)) return Promise.resolve({ commitment: INFINITY, proof: INFINITY });
    return new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      running().postMessage({ id, blob });
    });
  }

  async function make(data: Uint8Array): Promise<BlobSidecar> {
    const blobs = packBlobs(data);
    const committed = await Promise.all(blobs.map(commit));
    const commitments = committed.map(({ commitment }) => commitment);
    return {
      blobs,
      commitments,
      proofs: committed.map(({ proof }) => proof),
      versionedHashes: commitments.map(versionedHash),
      version: 0,
    };
  }

  if (warm) running();
  return {
    make(data) {
      const key = bytesToHex(keccak256(data));
      const known = made.get(key);
      if (known !== undefined) return known;
      const sidecar = make(data);
      made.set(key, sidecar);
      sidecar.catch(() => made.delete(key));
      return sidecar;
    },
    async stop() {
      await thread?.terminate();
    },
  };
}

function versionedHash(commitment: Uint8Array): Uint8Array {
  const hash = new Uint8Array(createHash("sha256").update(commitment).digest());
  hash[0] = 1;
  return hash;
}
