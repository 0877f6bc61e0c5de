import type { ChainReader } from "../chainReader.ts";
import type { HeadTracker } from "./headTracker.ts";

/**
 * The chain up to `latest`: a block is in PostgreSQL a moment before this process has it as its head, and whoever sees a
 * receipt asks for the state at `latest` next.
 */
export function announcedChain(chain: ChainReader, heads: Pick<HeadTracker, "heads">): ChainReader {
  const announced = <T extends { blockNumber: number }>(mined: T | undefined): T | undefined =>
    mined !== undefined && mined.blockNumber <= heads.heads().latest.number ? mined : undefined;
  return {
    ...chain,
    transactionByHash: async (hash) => announced(await chain.transactionByHash(hash)),
    receiptByHash: async (hash) => announced(await chain.receiptByHash(hash)),
  };
}
