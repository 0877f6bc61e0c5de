import type { ExecutedBlock } from "../../executor/index.ts";
import type { Sql } from "../../infra/index.ts";
import type { BlockRef, SettlementHeader } from "../../protocol/index.ts";
import {
  type BatchDataKind,
  type BatchPosting,
  type ChainStore,
  type L1Position,
  NO_L1_POSITION,
  truncateAfter,
} from "../chain-store/index.ts";

/** A batch as L1 has it. Byte fields are 32 bytes. */
export interface CommittedBatch {
  header: SettlementHeader;
  hash: Uint8Array;
  /** Of the messages consumed. */
  rollingHash: Uint8Array;
  kind: BatchDataKind;
  /** Versioned hashes; empty for calldata. */
  blobHashes: Uint8Array[];
  transactionHash: Uint8Array;
  l1Block: { number: number };
}

/** What a call has resolved for is durable. Calls come one after the other, in chain order. */
export interface ChainStoreSink {
  head(): Promise<BlockRef | undefined>;
  /** Appending the last block again does nothing. */
  append(executed: ExecutedBlock, place: L1Position): Promise<void>;
  /** `data`: the encoded batch. */
  batchVerified(batch: CommittedBatch, data: Uint8Array): Promise<void>;
  rewind(toBlock: number): Promise<void>;
  settled(): Promise<void>;
}

/**
 * Writes verified blocks and batches into a sequencer's database, as the block builder and the poster would have.
 * Proofs and finality are left to the poster, which reads them from L1 at its next start.
 */
export function chainStoreSink(sql: Sql, chain: ChainStore): ChainStoreSink {
  return {
    async head() {
      const head = await chain.head();
      return head && { number: head.number, hash: head.hash };
    },
    async append(executed, place) {
      const { number } = executed.block.header;
      const head = await chain.head();
      if (head !== undefined && head.number >= number) return;
      await chain.appendBlock(executed, number === 0 ? NO_L1_POSITION : place);
    },
    async batchVerified(batch, data) {
      const { header, rollingHash } = batch;
      const { previousHash: _, ...sealed } = header;
      await chain.appendBatch({ ...sealed, rollingHash, data });
      await chain.markBatchCommitted(header.number, postingOf(batch), {
        transactionHash: batch.transactionHash,
        blockNumber: batch.l1Block.number,
      });
    },
    async rewind(toBlock) {
      const beyond = await chain.batchOfBlock(toBlock + 1);
      if (beyond !== undefined) await chain.markBatchesSealed(beyond.number);
      await truncateAfter(sql, toBlock);
    },
    settled: () => Promise.resolve(),
  };
}

function postingOf({ kind, blobHashes, header, hash }: CommittedBatch): BatchPosting {
  return {
    kind,
    blobHashes: kind === "blobs" ? blobHashes : undefined,
    previousHash: header.previousHash,
    hash,
  };
}
