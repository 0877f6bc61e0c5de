import type { Executor } from "../../executor/index.ts";
import {
  type BlockHeader,
  BraidError,
  bytesEqual,
  bytesToHex,
  InvariantError,
} from "../../protocol/index.ts";
import type { ChainStore, L1Position } from "../chain-store/types.ts";

export interface RecoveredHead {
  header: BlockHeader;
  hash: Uint8Array;
  position: L1Position;
  /** Blocks whose state had to be rebuilt from PostgreSQL. */
  replayed: number;
}

/** The state store and the chain store belong to different chains, or one of them was wiped. */
export class StoresDisagreeError extends BraidError {
  constructor(message: string) {
    super("STORES_DISAGREE", message, {
      hint: "restore the data folder and the database of one moment, or start anew with --reset",
    });
  }
}

/**
 * Brings the state store to the head of PostgreSQL, which is the truth: writes the genesis on a new chain, replays
 * the state diffs that a crash left out. The state store is never ahead of PostgreSQL, for a block is persisted first.
 */
export async function recoverChain(executor: Executor, chain: ChainStore): Promise<RecoveredHead> {
  await ensureGenesis(executor, chain);
  const stateHead = executor.head();
  const head = await chain.head();
  if (stateHead === undefined || head === undefined)
    throw new InvariantError("no head after writing the genesis");
  if (stateHead.number > head.number) {
    throw new StoresDisagreeError(
      `the state store is at block ${stateHead.number}, PostgreSQL only at block ${head.number}`,
    );
  }
  await requireSameBlock(chain, stateHead.number, stateHead.hash);
  let replayed = 0;
  for await (const { header, hash, diff } of chain.diffsAfter(stateHead.number)) {
    await executor.replayDiff(header, hash, diff);
    replayed++;
  }
  const recovered = await chain.headerByNumber(head.number);
  const position = await chain.l1Position(head.number);
  if (recovered === undefined || position === undefined)
    throw new InvariantError(`the header of the head, block ${head.number}, is missing`);
  return { ...recovered, position, replayed };
}

async function ensureGenesis(executor: Executor, chain: ChainStore): Promise<void> {
  const chainIsNew = (await chain.head()) === undefined;
  if (executor.head() !== undefined) {
    if (chainIsNew) throw new StoresDisagreeError("the state store holds a chain, PostgreSQL holds none");
    return;
  }
  const genesis = await executor.initialize();
  if (chainIsNew) await chain.appendBlock(genesis);
  else await requireSameBlock(chain, 0, genesis.block.hash);
  await executor.commit(genesis);
}

async function requireSameBlock(chain: ChainStore, number: number, hash: Uint8Array): Promise<void> {
  const stored = await chain.headerByNumber(number);
  if (stored !== undefined && bytesEqual(stored.hash, hash)) return;
  const found = stored === undefined ? "nothing" : bytesToHex(stored.hash);
  throw new StoresDisagreeError(
    `block ${number} is ${bytesToHex(hash)} in the state store, ${found} in PostgreSQL`,
  );
}
