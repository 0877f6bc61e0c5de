import type { BlockSelector } from "../schema/blockSelector.ts";

export function isPending(selector: BlockSelector | undefined): boolean {
  return selector !== undefined && "tag" in selector && selector.tag === "pending";
}

/** What a formatted block or header shows while it is not sealed: geth leaves these three null. */
export function withoutSeal(formatted: Record<string, unknown>): Record<string, unknown> {
  return { ...formatted, hash: null, nonce: null, miner: null };
}
