import { type Admission, AdmissionError } from "../admission/index.ts";
import type { Mempool } from "../mempool/index.ts";

/** A pool that nothing enters: what waits is known to the sequencer alone. */
export const emptyPool: Mempool = {
  add: () => Promise.reject(new AdmissionError("READ_ONLY", "this node has no pool")),
  get: async () => undefined,
  receivedAt: async () => undefined,
  ofSender: async (sender) => ({ sender, pending: [], queued: [] }),
  nextNonce: async (_, stateNonce) => stateNonce,
  status: async () => ({ pending: 0, queued: 0 }),
};

/** Refuses every transaction, and says who takes it. `sendTo`: URL of the sequencer's RPC, when it is known. */
export function refusedSends(sendTo: string | undefined): Admission {
  const place = sendTo === undefined ? "the sequencer's RPC" : sendTo;
  const message = `this node only reads: send transactions to ${place}, or force them through the portal on L1`;
  return { admit: () => Promise.reject(new AdmissionError("READ_ONLY", message)) };
}
