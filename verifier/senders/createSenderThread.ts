/** Recovers the senders of a batch's transactions beside the thread that runs the batch before: a quarter of the work. */
import { startThread } from "../../infra/index.ts";
import type { BatchBlock } from "../../protocol/index.ts";
import { VerifierError } from "../verifierError.ts";
import type { SendersFound, SendersWanted } from "./senderMessages.ts";

export interface SenderThread {
  /** By the transactions' own arrays. What does not decode is left out. */
  recover(blocks: readonly BatchBlock[]): Promise<Senders>;
  stop(): Promise<void>;
}

export type Senders = ReadonlyMap<Uint8Array, Uint8Array>;

interface Waiting {
  resolve(found: SendersFound): void;
  reject(error: VerifierError): void;
}

export function createSenderThread(): SenderThread {
  const worker = startThread(new URL("./senderWorker.ts", import.meta.url), undefined);
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ended: VerifierError | undefined;
  const end = (cause?: unknown) => {
    ended ??= new VerifierError("VERIFY_SENDERS", "the thread that recovers senders has ended", { cause });
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on("message", (found: SendersFound) => {
    waiting.get(found.id)?.resolve(found);
    waiting.delete(found.id);
  });
  worker.on("error", end);
  worker.on("exit", () => end());
  return {
    async recover(blocks) {
      if (ended !== undefined) throw ended;
      const raws = blocks.flatMap(({ transactions }) => transactions);
      lastId += 1;
      const wanted: SendersWanted = { id: lastId, raws };
      const { senders } = await new Promise<SendersFound>((resolve, reject) => {
        waiting.set(wanted.id, { resolve, reject });
        worker.postMessage(wanted);
      });
      const byRaw = new Map<Uint8Array, Uint8Array>();
      for (const [i, raw] of raws.entries()) {
        const sender = senders[i];
        if (sender !== undefined) byRaw.set(raw, sender);
      }
      return byRaw;
    },
    async stop() {
      await worker.terminate();
    },
  };
}
