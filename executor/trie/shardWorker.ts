import { parentPort, workerData } from "node:worker_threads";
import { BraidError, InvariantError } from "../../protocol/index.ts";
import { StateStore } from "../state/stateStore.ts";
import type { AccountRecord } from "../state/types.ts";
import { type SubtreeCommit, TrieCommitter } from "./commitStateDiff.ts";
import { decodeShardJob, encodeSubtrees, type ShardRequest, type ShardResponse } from "./shardMessages.ts";

/** What a shard's thread is started with. */
export interface ShardWorkerData {
  dataDir: string;
  cachedNodes: number;
}

/**
 * A shard's thread: its own read-only handle on the state store, its own node cache. Nodes are found by their content,
 * so a handle that lags can miss a node, and then the job fails, but never read a wrong one.
 */
function serve({ dataDir, cachedNodes }: ShardWorkerData): void {
  const port = parentPort;
  if (port === null) throw new InvariantError("a trie shard runs in a worker thread");
  const store = StateStore.open(dataDir, { readOnly: true });
  const committer = new TrieCommitter(store, { cachedNodes });
  port.on("message", ({ id, job }: ShardRequest) => {
    let response: ShardResponse;
    try {
      store.refresh();
      response = { kind: "done", id, subtrees: encodeSubtrees(runJob(committer, job)) };
    } catch (error) {
      response = { kind: "failed", id, message: String(error) };
    }
    if (response.kind === "done") port.postMessage(response, [response.subtrees.buffer]);
    else port.postMessage(response);
  });
  const ready: ShardResponse = { kind: "ready" };
  port.postMessage(ready);
}

function runJob(committer: TrieCommitter, job: Uint8Array): SubtreeCommit {
  const { previousRoot, accounts } = decodeShardJob(job);
  // Only the storage root is read of an account's record before the block.
  const before = new Map<Uint8Array, AccountRecord>();
  for (const { change, storageRoot } of accounts) {
    if (change.account !== undefined) before.set(change.address, { ...change.account, storageRoot });
  }
  const commit = committer.commitSubtrees(
    previousRoot,
    (address) => before.get(address),
    accounts.map(({ change }) => change),
  );
  if (commit === undefined) throw new BraidError("TRIE_ROOT_NO_BRANCH", "the state's root is no branch");
  return commit;
}

serve(workerData as ShardWorkerData);
