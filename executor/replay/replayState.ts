import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import { StateStore } from "../state/stateStore.ts";
import { EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { TrieCommitter } from "../trie/commitStateDiff.ts";
import { type AllocAccount, allocToDiff, isEmptyAccount } from "./alloc.ts";

/** A state store of its own, in a folder of its own, that holds a block's pre-state as the state of its parent. */
export interface ReplayState {
  store: StateStore;
  dataDir: string;
  /** 32 bytes. */
  stateRoot: Uint8Array;
  /** Closes the store and removes the folder. */
  close(): Promise<void>;
}

const EMPTY_BLOOM = new Uint8Array(256);
const ZERO_HASH = new Uint8Array(32);

export async function createReplayState(
  alloc: readonly AllocAccount[],
  environment: BlockEnvironment,
): Promise<ReplayState> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "braid-replay-"));
  const store = StateStore.open(dataDir);
  const close = async () => {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const stateDiff = allocToDiff(alloc.filter((account) => !isEmptyAccount(account)));
    const committed = new TrieCommitter(store).commit(EMPTY_TRIE_ROOT, () => undefined, stateDiff);
    const { stateRoot, nodes: trieNodes, storageRoots } = committed;
    const block = { header: parentHeader(environment, stateRoot), hash: environment.parentHash };
    await store.commit({ block, stateDiff, trieNodes, storageRoots });
    return { store, dataDir, stateRoot, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The store looks at number and state root only; nobody sees the rest. */
function parentHeader(environment: BlockEnvironment, stateRoot: Uint8Array) {
  const { coinbase, gasLimit, timestamp, baseFeePerGas, number } = environment;
  return {
    parentHash: ZERO_HASH,
    coinbase,
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    number: number - 1,
    gasLimit,
    gasUsed: 0n,
    timestamp,
    extraData: ZERO_HASH,
    prevRandao: ZERO_HASH,
    baseFeePerGas,
    parentBeaconBlockRoot: ZERO_HASH,
  };
}
