import type { RpcContext } from "../context.ts";

/** Tells when a block with the transaction passes. */
export interface Inclusion {
  /** True as soon as it passed, since the watch began; false when the time is over. */
  within(timeoutMs: number): Promise<boolean>;
  stop(): void;
}

export function watchInclusion(context: Pick<RpcContext, "heads" | "blocks">, hash: string): Inclusion {
  let included = false;
  let notify: () => void = () => undefined;
  const unsubscribe = context.heads.onBlock((block) => {
    if (!context.blocks.transactionHashes(block).includes(hash)) return;
    included = true;
    notify();
  });
  return {
    within(timeoutMs) {
      if (included) return Promise.resolve(true);
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), timeoutMs);
        notify = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
    },
    stop: unsubscribe,
  };
}
