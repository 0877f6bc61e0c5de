import { L1Error } from "./l1Error.ts";

/** Why an L1 node did not take a transaction. `other-kind`: one of the other kind waits in its pool. */
export type NodeRefusal = "known" | "underpriced" | "nonce" | "funds" | "other-kind" | "reverted";

/** The words of geth, reth, Nethermind, Erigon, Besu and Anvil. */
const WORDS: readonly [RegExp, NodeRefusal][] = [
  [/already known|already imported|known transaction|already in (the )?mempool/i, "known"],
  [/already reserved|reserved by/i, "other-kind"],
  [/insufficient funds|insufficient balance|exceeds.*balance|lack of funds/i, "funds"],
  [/underpriced|fee too low|replacement|fee cap less than|fee is less|too low to compete/i, "underpriced"],
  [/nonce/i, "nonce"],
  [/revert/i, "reverted"],
];

/** Undefined for what says nothing of the transaction: the node is away, or overloaded. */
export function nodeRefusal(error: unknown): NodeRefusal | undefined {
  if (!(error instanceof L1Error)) return undefined;
  return WORDS.find(([words]) => words.test(error.message))?.[1];
}
