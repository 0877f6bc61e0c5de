import {
  type Block,
  type BlockHeader,
  DEPOSIT_TYPE,
  decodeDeposit,
  decodeTransaction,
  type Receipt,
  type StateDiff,
  type Transaction,
} from "../../protocol/index.ts";
import { BlockAssembly } from "../engine/blockAssembly.ts";
import { sealBlock } from "../engine/seal.ts";
import { StateOverlay } from "../engine/stateOverlay.ts";
import type { ReadDesk, ReadScene } from "../readers/types.ts";
import { TrieCommitter } from "../trie/commitStateDiff.ts";
import { withLaneVm } from "./withLaneVm.ts";

export interface PendingParams {
  /** The parent's state, the new block's environment, the rules. */
  scene: ReadScene;
  /** Candidates in block order, deposits and signed envelopes with their known senders: cheaper to send than decoded ones. */
  candidates: { raw: Uint8Array; sender: Uint8Array }[];
}

export interface PendingResult {
  header: BlockHeader;
  /** What the header hashes to, as long as nothing more joins. */
  hash: Uint8Array;
  size: number;
  receipts: Receipt[];
  /** The candidates that are in the block, by their place; the others were not valid where their turn came. */
  included: number[];
  changes: StateDiff;
}

/** Few trie nodes of one build are of use to the next: it has other parents. */
const CACHED_NODES = 1024;

/**
 * A block of these candidates on this state, as the block builder would make it, in one lane and not persisted: the
 * same assembly, the same receipts, the same roots.
 */
export async function pendingJob(
  desk: ReadDesk,
  { scene, candidates }: PendingParams,
): Promise<PendingResult> {
  const { rules, state } = scene;
  const environment = { ...scene.environment, collectsBaseFee: true };
  const reader = desk.open(state);
  const assembly = new BlockAssembly<Transaction>(new StateOverlay(reader), environment);
  assembly.open();
  await withLaneVm(rules, async (vm) => {
    vm.enterBlock(environment);
    for (const [index, { raw, sender }] of candidates.entries()) {
      const transaction = raw[0] === DEPOSIT_TYPE ? decodeDeposit(raw) : decodeTransaction(raw, { sender });
      if (assembly.fits(transaction)) {
        assembly.take(index, transaction, await vm.run(transaction, assembly.overlay));
      }
      await desk.limit.pace();
    }
  });
  assembly.close();
  const changes = assembly.overlay.diff();
  const committer = new TrieCommitter(desk, { cachedNodes: CACHED_NODES });
  const { stateRoot } = committer.commit(state.stateRoot, (address) => reader.account(address), changes);
  const { transactions, receipts, gasUsed } = assembly;
  const sealed: Block = sealBlock(
    { environment, transactions, receipts, gasUsed, stateDiff: changes },
    stateRoot,
  );
  return {
    header: sealed.header,
    hash: sealed.hash,
    size: sealed.size,
    receipts,
    included: assembly.accepted.map(({ candidate }) => candidate),
    changes,
  };
}
