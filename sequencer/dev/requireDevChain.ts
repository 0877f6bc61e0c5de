import type { Sql } from "../../infra/index.ts";
import { BraidError } from "../../protocol/index.ts";
import { chainMetadata, setChainMetadata } from "../chain-store/index.ts";

const KEY = "development";

/** A chain that was once run with --dev has blocks that no rule explains: it must not get to L1. */
export class DevelopmentChainError extends BraidError {
  constructor() {
    super(
      "DEVELOPMENT_CHAIN",
      "this chain was run with --dev and may hold blocks that cannot be posted to L1",
      {
        hint: "Start it with --dev, or anew with --reset.",
      },
    );
  }
}

/** Marks the chain as a development chain for good, or refuses to run one as another. */
export async function requireDevChain(sql: Sql, dev: boolean): Promise<void> {
  const isMarked = (await chainMetadata(sql, KEY)) !== undefined;
  if (isMarked && !dev) throw new DevelopmentChainError();
  if (!isMarked && dev) await setChainMetadata(sql, KEY, "true");
}
