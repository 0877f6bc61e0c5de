/** A batch's blocks, one after the other, on the state store; what comes out must be what the batch's header says. */
import type { ExecutedBlock, Executor, StateReader } from "../../executor/index.ts";
import {
  bytesToHex,
  type ChainConfig,
  hexToBytes,
  l1PricesIn,
  outputRoot,
  type SettlementHeader,
} from "../../protocol/index.ts";
import type { L1Data } from "../derivation/batchSource.ts";
import { blockOf, type DerivedBlock } from "../derivation/blockOf.ts";
import type { PlacedBlock } from "../derivation/placeBlocks.ts";
import { DifferenceError, expectSame } from "../differenceError.ts";
import type { Senders } from "../senders/createSenderThread.ts";
import type { BlockRecord } from "../store/records.ts";
import type { BlockPlace, L1Batch } from "../types.ts";
import type { BlockKeeper, BlockToKeep } from "./blockKeeper.ts";
import { outcomeOf } from "./outcomeOf.ts";
import { reproductionOf } from "./reproductionOf.ts";

export interface RunBatchDeps {
  executor: Executor;
  keeper: BlockKeeper;
  chain: ChainConfig;
  l1: Pick<L1Data, "message">;
  /** Of the batch's transactions, as far as they are known. */
  senders?: Senders | undefined;
  reproductionDir: string;
  signal: AbortSignal | undefined;
}

/** L2ToL1MessagePasser: its storage is what withdrawals are proven in. */
const MESSAGE_PASSER = hexToBytes("0x4200000000000000000000000000000000000016");
/** Of an account without storage: keccak256 of the empty trie. */
const EMPTY_ROOT = hexToBytes("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");

/**
 * Blocks that are kept already are passed over: a run that was interrupted goes on inside the batch. The others are handed
 * to the keeper, which may still be writing them when this returns. Throws DifferenceError.
 */
export async function runBatch(
  batch: L1Batch,
  placed: readonly PlacedBlock[],
  deps: RunBatchDeps,
): Promise<void> {
  const { keeper, signal } = deps;
  for (const one of placed) {
    const parent = keeper.head();
    if (one.block.number <= parent.number) continue;
    signal?.throwIfAborted();
    await keeper.room();
    keeper.keep(await runBlock(batch, one, parent, deps));
  }
}

async function runBlock(
  batch: L1Batch,
  placed: PlacedBlock,
  parent: BlockRecord,
  deps: RunBatchDeps,
): Promise<BlockToKeep> {
  const { executor } = deps;
  const at = { batch: batch.header.number, chain: deps.chain, senders: deps.senders };
  const state = executor.state();
  const prices = l1PricesIn((address, slot) => state.storage(address, slot));
  const derived = blockOf(placed, parentOf(parent), prices, deps.l1, at);
  const executed = await executor.execute(derived.input);
  const outcome = checked(batch, derived, executed, deps);
  const { originNumber, originHash, sequenceNumber } = placed;
  const place = {
    originNumber,
    originHash,
    sequenceNumber,
    messagesConsumed: placed.messages.to,
    ...outcome,
  };
  return { executed, place, record: recordOf(executed, place, batch) };
}

function checked(
  batch: L1Batch,
  derived: DerivedBlock,
  executed: ExecutedBlock,
  { executor, chain, reproductionDir }: RunBatchDeps,
): Pick<BlockPlace, "transactionsFromL1" | "skipped"> {
  const { header } = batch;
  const state = executor.state();
  try {
    const outcome = outcomeOf(derived, executed, header.number);
    if (derived.input.number === header.lastBlock) checkEnd(header, executed, state);
    return outcome;
  } catch (error) {
    if (!(error instanceof DifferenceError)) throw error;
    const difference = { ...error.difference, block: derived.input.number };
    const to = { directory: reproductionDir, chainId: chain.chainId, state };
    throw new DifferenceError({
      ...difference,
      reproduction: reproductionOf(difference, derived.input, executed, to),
    });
  }
}

/** The header's claims, in the order in which they depend on each other. */
function checkEnd(
  header: SettlementHeader,
  { block, storageRoots }: ExecutedBlock,
  state: StateReader,
): void {
  const at = { batch: header.number, block: header.lastBlock };
  const { stateRoot } = block.header;
  expectSame(at, "postStateRoot", header.postStateRoot, stateRoot);
  expectSame(at, "lastBlockHash", header.lastBlockHash, block.hash);
  const messagePasserStorageRoot =
    storageRoots.get(bytesToHex(MESSAGE_PASSER)) ?? state.account(MESSAGE_PASSER)?.storageRoot ?? EMPTY_ROOT;
  const output = outputRoot({ stateRoot, messagePasserStorageRoot, blockHash: block.hash });
  expectSame(at, "outputRoot", header.outputRoot, output);
}

function parentOf({ hash, timestamp, gasLimit, gasUsed, baseFeePerGas }: BlockRecord) {
  return {
    ...{ hash, timestamp, gasLimit: BigInt(gasLimit), gasUsed: BigInt(gasUsed) },
    baseFeePerGas: BigInt(baseFeePerGas),
  };
}

/** What is kept of a block. */
export function recordOf(
  { block }: ExecutedBlock,
  place: BlockPlace,
  batch: Pick<L1Batch, "header" | "hash">,
): BlockRecord {
  const { number, stateRoot, timestamp, gasLimit, gasUsed, baseFeePerGas } = block.header;
  const { originNumber, originHash, sequenceNumber, messagesConsumed } = place;
  return {
    ...{ number, hash: block.hash, stateRoot, timestamp },
    ...{ gasLimit: `${gasLimit}`, gasUsed: `${gasUsed}`, baseFeePerGas: `${baseFeePerGas}` },
    ...{ originNumber, originHash, sequenceNumber, messagesConsumed },
    batch: { number: batch.header.number, hash: batch.hash, firstBlock: batch.header.firstBlock },
  };
}
