import type { Block, BlockHeader, BlockRef, SettlementHeader } from "../../protocol/index.ts";
import {
  type AccountHistory,
  type AccountQuery,
  type BatchDataKind,
  type BatchRecord,
  type LogFilter,
  limitError,
  type MinedLog,
  type MinedReceipt,
} from "../chain-store/index.ts";
import type { ChainReader } from "../rpc/chainReader.ts";

/** A batch as an archive has it from L1. */
export interface ArchivedBatch {
  batch: {
    header: SettlementHeader;
    hash: Uint8Array;
    rollingHash: Uint8Array;
    kind: BatchDataKind;
    blobHashes: Uint8Array[];
    transactionHash: Uint8Array;
    l1Block: { number: number; timestamp: number };
  };
  /** Bytes of its data. */
  size: number;
}

/** What a read node asks of the archive that a verifier fills. */
export interface ReadableArchive {
  headNow(): BlockRef | undefined;
  header(number: number): { header: BlockHeader; hash: Uint8Array } | undefined;
  blockByNumber(number: number): Block | undefined;
  blockByHash(hash: Uint8Array): Block | undefined;
  transaction(hash: Uint8Array): MinedReceipt | undefined;
  /** One log more than the limit says that there are more. */
  logs(filter: LogFilter): Promise<MinedLog[]>;
  accountBlocks(query: AccountQuery): AccountHistory;
  /** RLP (EIP-7928). */
  accessList(number: number): Uint8Array | undefined;
  batch(number: number): ArchivedBatch | undefined;
  lastBatch(): ArchivedBatch | undefined;
  batchOfBlock(block: number): ArchivedBatch | undefined;
  batchData(number: number): Uint8Array | undefined;
  /** Last blocks that are proven (`safe`) and final on L1. */
  settledHeads(): { proven: number; finalized: number };
}

/**
 * An archive behind the interface through which the RPC reads a sequencer's PostgreSQL. `stateHead`: number of the block
 * whose state can be read; the chain ends there, though the archive may be a block further.
 *
 * A verified block is on L1, so `safe` is the last verified batch's end. How blocks ran on the sequencer, and what it
 * refused, is not on L1: nothing is said of it.
 */
export function createArchivedChain(
  archive: ReadableArchive,
  stateHead: () => number | undefined,
): ChainReader {
  const toRecord = (found: ArchivedBatch | undefined): BatchRecord | undefined =>
    found === undefined ? undefined : batchRecord(found, archive.settledHeads());
  const safe = () => archive.lastBatch()?.batch.header.lastBlock ?? 0;
  return {
    async head() {
      const last = archive.headNow();
      const state = stateHead();
      if (last === undefined || state === undefined) return undefined;
      if (last.number <= state) return last;
      const found = archive.header(state);
      return found && { number: state, hash: found.hash };
    },
    safeBlock: async () => safe(),
    finalizedBlock: async () => archive.settledHeads().finalized,
    blockByNumber: async (number) => archive.blockByNumber(number),
    blockByHash: async (hash) => archive.blockByHash(hash),
    headerByNumber: async (number) => archive.header(number),
    transactionByHash: async (hash) => archive.transaction(hash),
    receiptByHash: async (hash) => archive.transaction(hash),
    async logs(filter) {
      const found = await archive.logs(filter);
      if (found.length <= filter.limit) return found;
      throw limitError(filter, found.at(-1)?.blockNumber ?? filter.fromBlock);
    },
    accountTransactions: async (query) => archive.accountBlocks(query),
    blockExecution: async () => undefined,
    blockAccessList: async (number) => archive.accessList(number),
    contendedLocations: async () => [],
    rejection: async () => undefined,
    lastBatch: async () => toRecord(archive.lastBatch()),
    batchByNumber: async (number) => toRecord(archive.batch(number)),
    batchData: async (number) => archive.batchData(number),
    batchOfBlock: async (block) => toRecord(archive.batchOfBlock(block)),
    countUnposted: async () => 0,
    firstRefusal: async () => undefined,
  };
}

function batchRecord(
  { batch, size }: ArchivedBatch,
  settled: { proven: number; finalized: number },
): BatchRecord {
  const { header, kind, blobHashes, hash, transactionHash, l1Block } = batch;
  const { previousHash, ...sealed } = header;
  const status =
    header.lastBlock <= settled.finalized
      ? "finalized"
      : header.lastBlock <= settled.proven
        ? "proven"
        : "committed";
  return {
    ...sealed,
    rollingHash: batch.rollingHash,
    size,
    status,
    sealedAt: l1Block.timestamp * 1000,
    posting: { kind, blobHashes: kind === "blobs" ? blobHashes : undefined, previousHash, hash },
    commit: { transactionHash, blockNumber: l1Block.number },
    proof: undefined,
    finality: undefined,
  };
}
