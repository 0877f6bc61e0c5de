import { setImmediate as turn } from "node:timers/promises";

/** The thread is let go this often: a lease must be renewed meanwhile, and health answered. */
const TURN_MS = 20;

/** For long work on a thread that others need too: lets it go now and then, and gives up when told to. */
export function pacer(signal: AbortSignal | undefined): () => Promise<void> {
  let turned = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - turned < TURN_MS) return;
    await turn();
    signal?.throwIfAborted();
    turned = performance.now();
  };
}
