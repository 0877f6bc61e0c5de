/**
 * Builds the witness of a batch: runs its blocks in one lane on the state before them, read through the trie, and
 * keeps every node and code that this reads from the store. The trie committer reads what deletions need besides.
 *
 * Nothing is checked here: a block that now gives another root gets the witness of what really happens, and it is the
 * prover who says so.
 */
import {
  type BatchWitness,
  type BlockAccessList,
  type BlockHeader,
  hexToBytes,
  L1_BLOCK_ADDRESS,
  L1_PRICE_SLOTS,
  type Transaction,
} from "../../protocol/index.ts";
import { BlockAssembly } from "../engine/blockAssembly.ts";
import type { ChainRules } from "../engine/chainRules.ts";
import { keyOf } from "../engine/keys.ts";
import type { LaneVm } from "../engine/laneVm.ts";
import { StateOverlay } from "../engine/stateOverlay.ts";
import { withLaneVm } from "../pending/withLaneVm.ts";
import type { StateReader } from "../state/types.ts";
import { TrieCommitter } from "../trie/commitStateDiff.ts";
import { type HistoricalSource, historicalReader } from "../trie/historicalReader.ts";
import { hasCode, RecordingSource } from "./recordingSource.ts";

/** A block of the batch; a stored Block fits. */
export interface WitnessBlock {
  header: BlockHeader;
  /** All of the block: deposits, forced transactions, its own. */
  transactions: Transaction[];
  /** Forced transactions that the block left out because they were not valid in their turn. */
  omitted?: Transaction[];
}

/** An account, or one of its slots, that the witness must show whether execution reads it or not. */
export interface WitnessLocation {
  /** 20 bytes. */
  address: Uint8Array;
  /** 32 bytes. */
  slot?: Uint8Array;
}

export interface BuildWitnessOptions {
  /** The state store: all that its nodes ever held. */
  source: HistoricalSource;
  rules: ChainRules;
  /** Root before the first block. */
  preStateRoot: Uint8Array;
  /** Consecutive. */
  blocks: WitnessBlock[];
  /** Shown before and after every block: what a prover missed in an earlier witness. */
  also?: WitnessLocation[];
  /** Called before each transaction: to let other work have the thread, or to give up by throwing. */
  pace?: () => Promise<void>;
  /** Throws WitnessTooLargeError beyond it. Default: what a proof input may hold. */
  maxBytes?: number;
}

export interface BuiltWitness {
  witness: BatchWitness;
  /** After the last block, as it came out of this run. */
  stateRoot: Uint8Array;
}

/** What a prover reads besides the blocks: the L1 prices for base fees, the messages' storage root for the output root. */
const ALWAYS: readonly WitnessLocation[] = [
  { address: L1_BLOCK_ADDRESS, slot: L1_PRICE_SLOTS.baseFee },
  { address: L1_BLOCK_ADDRESS, slot: L1_PRICE_SLOTS.blobBaseFee },
  { address: hexToBytes("0x4200000000000000000000000000000000000016") },
];

/** Few nodes that one block wrote are changed by the next. */
const CACHED_NODES = 1024;

export async function buildBatchWitness(options: BuildWitnessOptions): Promise<BuiltWitness> {
  const { rules, preStateRoot, blocks } = options;
  const also = [...ALWAYS, ...(options.also ?? [])];
  const source = new RecordingSource(options.source, options.maxBytes);
  const committer = new TrieCommitter(source, { cachedNodes: CACHED_NODES });
  const pace = options.pace ?? (() => Promise.resolve());
  let stateRoot = preStateRoot;
  await withLaneVm(rules, async (vm) => {
    for (const block of blocks) {
      const reader = historicalReader(source, stateRoot);
      const assembly = await runBlock(vm, reader, block, pace);
      showAll(reader, assembly.accessList.build());
      showTransactions(reader, block);
      show(reader, also);
      const diff = assembly.overlay.diff();
      const committed = committer.commit(
        stateRoot,
        (address) => assembly.overlay.baseAccount(keyOf(address)),
        diff,
      );
      source.add(committed, diff.codes);
      stateRoot = committed.stateRoot;
    }
  });
  show(historicalReader(source, stateRoot), also);
  return { witness: source.witness(), stateRoot };
}

async function runBlock(
  vm: LaneVm,
  reader: StateReader,
  { header, transactions, omitted = [] }: WitnessBlock,
  pace: () => Promise<void>,
): Promise<BlockAssembly<Transaction>> {
  const assembly = new BlockAssembly<Transaction>(new StateOverlay(reader), {
    ...header,
    collectsBaseFee: true,
  });
  assembly.open();
  vm.enterBlock(header);
  const firstOfUsers = transactions.findIndex(({ deposit }) => deposit === undefined);
  const own = firstOfUsers === -1 ? transactions.length : firstOfUsers;
  for (const [index, transaction] of transactions.entries()) {
    if (index === own) await tryAll(vm, assembly, omitted);
    await pace();
    if (assembly.fits(transaction)) {
      assembly.take(index, transaction, await vm.run(transaction, assembly.overlay));
    }
  }
  if (own === transactions.length) await tryAll(vm, assembly, omitted);
  assembly.close();
  return assembly;
}

/** For what it reads; what comes of it is left alone. */
async function tryAll(vm: LaneVm, assembly: BlockAssembly<Transaction>, omitted: Transaction[]) {
  for (const transaction of omitted) await vm.run(transaction, assembly.overlay);
}

/** What EIP-7928 says was touched, in the state before the block, whether our engine had to look or not. */
function showAll(reader: StateReader, list: BlockAccessList): void {
  for (const { address, storageChanges, storageReads } of list) {
    showAccount(reader, address);
    for (const { slot } of storageChanges) reader.storage(address, slot);
    for (const slot of storageReads) reader.storage(address, slot);
  }
}

/** EthereumJS reads these accounts for transactions that change nothing of them too. */
function showTransactions(reader: StateReader, { header, transactions, omitted = [] }: WitnessBlock): void {
  showAccount(reader, header.coinbase);
  for (const { sender, to } of [...transactions, ...omitted]) {
    showAccount(reader, sender);
    if (to !== undefined) showAccount(reader, to);
  }
}

function show(reader: StateReader, locations: readonly WitnessLocation[]): void {
  for (const { address, slot } of locations) {
    showAccount(reader, address);
    if (slot !== undefined) reader.storage(address, slot);
  }
}

function showAccount(reader: StateReader, address: Uint8Array): void {
  const account = reader.account(address);
  if (account !== undefined && hasCode(account.codeHash)) reader.code(account.codeHash);
}
