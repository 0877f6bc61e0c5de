import type { AccountChange } from "../../protocol/index.ts";
import { ByteReader, ByteWriter } from "../engine/byteStream.ts";
import { EMPTY_TRIE_ROOT } from "./accountRlp.ts";
import type { AccountsBefore, SubtreeCommit, SubtreeReference, WrittenNode } from "./commitStateDiff.ts";

/** What crosses the thread of a trie shard. Bodies are packed (see the encoders here) and transferred. */
export interface ShardRequest {
  id: number;
  /** encodeShardJob */
  job: Uint8Array<ArrayBuffer>;
}

export type ShardResponse =
  | { kind: "ready" }
  /** encodeSubtrees */
  | { kind: "done"; id: number; subtrees: Uint8Array<ArrayBuffer> }
  | { kind: "failed"; id: number; message: string };

/** A share of a diff: its accounts, each with the storage root that its changed slots go onto. */
export interface ShardJob {
  previousRoot: Uint8Array;
  accounts: { change: AccountChange; storageRoot: Uint8Array }[];
}

const GONE = 0;
const KEPT = 1;
const CLEARED = 2;

export function toShardJob(
  previousRoot: Uint8Array,
  accountsBefore: AccountsBefore,
  accounts: readonly AccountChange[],
): ShardJob {
  return {
    previousRoot,
    accounts: accounts.map((change) => ({
      change,
      storageRoot: accountsBefore(change.address)?.storageRoot ?? EMPTY_TRIE_ROOT,
    })),
  };
}

export function encodeShardJob({ previousRoot, accounts }: ShardJob): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  out.blob(previousRoot);
  out.list(accounts, ({ change, storageRoot }) => {
    const { address, account, storageCleared, storage } = change;
    out.blob(address);
    if (account === undefined) {
      out.uint(GONE);
      return;
    }
    out.uint(storageCleared ? CLEARED : KEPT);
    out.bigint(account.nonce);
    out.bigint(account.balance);
    out.blob(account.codeHash);
    out.blob(storageRoot);
    out.list(storage, ({ slot, value }) => {
      out.blob(slot);
      out.blob(value);
    });
  });
  return out.finish();
}

export function decodeShardJob(bytes: Uint8Array): ShardJob {
  const from = new ByteReader(bytes);
  return { previousRoot: from.blob(), accounts: from.list(() => readAccount(from)) };
}

function readAccount(from: ByteReader): ShardJob["accounts"][number] {
  const address = from.blob();
  const fate = from.uint();
  if (fate === GONE) {
    const change = { address, account: undefined, storageCleared: false, storage: [] };
    return { change, storageRoot: EMPTY_TRIE_ROOT };
  }
  const account = { nonce: from.bigint(), balance: from.bigint(), codeHash: from.blob() };
  const storageRoot = from.blob();
  const storage = from.list(() => ({ slot: from.blob(), value: from.blob() }));
  return { change: { address, account, storageCleared: fate === CLEARED, storage }, storageRoot };
}

export function encodeSubtrees({ subtrees, storageRoots, written }: SubtreeCommit): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  out.list(subtrees, (reference) => {
    out.uint(reference === undefined ? 0 : reference === null ? 1 : 2);
    if (reference !== undefined && reference !== null) out.blob(reference);
  });
  out.list(storageRoots, (root) => out.blob(root));
  out.list(written, ({ hash, rlp }) => {
    out.blob(hash);
    out.blob(rlp);
  });
  return out.finish();
}

export function decodeSubtrees(bytes: Uint8Array): SubtreeCommit {
  const from = new ByteReader(bytes);
  return {
    subtrees: from.list((): SubtreeReference => {
      const kind = from.uint();
      return kind === 0 ? undefined : kind === 1 ? null : from.blob();
    }),
    storageRoots: from.list(() => from.blob()),
    written: from.list((): WrittenNode => ({ hash: from.blob(), rlp: from.blob() })),
  };
}
