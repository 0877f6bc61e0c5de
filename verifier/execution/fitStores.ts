/** The state store, the verifier's own records and a sink, brought to one block after whatever happened to them. */
import { rm } from "node:fs/promises";
import type { Executor } from "../../executor/index.ts";
import { bytesEqual, commitmentHash, genesisCommitment, InvariantError } from "../../protocol/index.ts";
import { DifferenceError } from "../differenceError.ts";
import type { VerifierStore } from "../store/verifierStore.ts";
import type { BlockSink } from "../types.ts";
import { VerifierError } from "../verifierError.ts";
import { recordOf } from "./runBatch.ts";

export interface Stores {
  executor: Executor;
  store: VerifierStore;
  sink: BlockSink | undefined;
  stateDir: string;
}

/**
 * After this the executor has a head that the records know, and the sink ends there too. A state whose head has no
 * record, and one that an empty sink stands beside, are built again from genesis.
 */
export async function fitStores(stores: Stores): Promise<void> {
  const { executor, store, sink } = stores;
  const sinkHead = await sink?.head();
  const head = executor.head();
  const record = head === undefined ? undefined : store.block(head.number);
  const known = head !== undefined && record !== undefined && bytesEqual(record.hash, head.hash);
  if (head !== undefined && (!known || (sink !== undefined && sinkHead === undefined))) await clear(stores);
  if (executor.head() === undefined) {
    if (sinkHead !== undefined) await sink?.rewind(0);
    return await begin(stores);
  }
  if (sinkHead === undefined || head === undefined) return;
  if (sinkHead.number > head.number) return await sink?.rewind(head.number);
  const expected = store.block(sinkHead.number);
  if (expected === undefined || !bytesEqual(expected.hash, sinkHead.hash)) throw otherChain(sinkHead.number);
  await rewindState(stores, sinkHead.number);
}

/** Takes the chain back to this block, in all stores. Interrupted, it is finished by {@link fitStores}. */
export async function rewindStores(stores: Stores, number: number): Promise<void> {
  await stores.sink?.rewind(number);
  await rewindState(stores, number);
}

async function rewindState({ executor, store }: Stores, number: number): Promise<void> {
  const head = executor.head();
  if (head === undefined || head.number <= number) return;
  const record = store.block(number);
  if (record === undefined) throw new InvariantError(`nothing is kept of block ${number}`);
  const { hash, stateRoot } = record;
  await executor.rollback({ number, hash, stateRoot }, store.diffs(number + 1, head.number), () =>
    store.diffs(0, number),
  );
  await store.forgetBlocksAfter(number);
}

async function clear({ executor, store, stateDir }: Stores): Promise<void> {
  await executor.stop();
  await rm(stateDir, { recursive: true, force: true });
  await store.forgetBlocksAfter(-1);
  await store.tellBatch(0);
  await executor.start();
}

/** The genesis block becomes the head. */
async function begin({ executor, store, sink }: Stores): Promise<void> {
  const executed = await executor.initialize();
  const commitment = genesisOf(executed.block);
  const zero = new Uint8Array(32);
  const place = {
    ...{ originNumber: 0, originHash: zero, sequenceNumber: 0, messagesConsumed: 0 },
    ...{ transactionsFromL1: 0, skipped: [] },
  };
  const batch = { header: commitment.header, hash: commitmentHash(commitment) };
  await store.putBlock(recordOf(executed, place, batch), executed.stateDiff);
  await sink?.append(executed, place);
  await executor.commit(executed);
}

type GenesisBlock = Awaited<ReturnType<Executor["initialize"]>>["block"];

function genesisOf({ header, hash }: GenesisBlock) {
  return genesisCommitment({ stateRoot: header.stateRoot, blockHash: hash });
}

/** The genesis that the rollup published must be the one that its batch 0 names. */
export function checkGenesis(block: GenesisBlock, batchHash: Uint8Array): void {
  const found = commitmentHash(genesisOf(block));
  if (bytesEqual(found, batchHash)) return;
  throw new DifferenceError({
    ...{ batch: 0, block: 0, field: "genesis" },
    claimed: `batch hash 0x${Buffer.from(batchHash).toString("hex")}`,
    found: `0x${Buffer.from(found).toString("hex")} of the published deployment`,
  });
}

function otherChain(number: number): VerifierError {
  return new VerifierError(
    "VERIFY_OTHER_CHAIN",
    `block ${number} of the archive is another than the verified one`,
    {
      hint: "Use another --data folder for another chain.",
    },
  );
}
