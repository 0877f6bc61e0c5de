import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMPT } from "@ethereumjs/mpt";
import { Caches, MerkleStateManager } from "@ethereumjs/statemanager";
import { Account, Address } from "@ethereumjs/util";
import {
  type AccountChange,
  type BlockHeader,
  bytesEqual,
  InvariantError,
  keccak256,
} from "../../protocol/index.ts";
import { StateStore } from "../state/stateStore.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "./accountRlp.ts";
import { TrieCommitter } from "./commitStateDiff.ts";

/**
 * What a block of changed accounts costs: our committer on the real state store against MerkleStateManager.flush on
 * a trie in memory. Run: npx tsx executor/trie/commit.bench.ts [--ours] [--blocks=20]
 */
const CHANGED = 500;
const BLOCKS = Number(process.argv.find((argument) => argument.startsWith("--blocks="))?.slice(9) ?? 20) + 1;

function address(id: number): Uint8Array {
  const seed = new Uint8Array(4);
  new DataView(seed.buffer).setUint32(0, id);
  return keccak256(seed).slice(0, 20);
}

/** The accounts that block `block` changes: spread evenly, different in each block. */
function changes(block: number, accounts: number): AccountChange[] {
  const ids = new Set<number>();
  for (let i = 0; ids.size < Math.min(CHANGED, accounts); i++)
    ids.add((block * 7919 + i * 104_729) % accounts);
  return [...ids].map((id) => account(id, block));
}

function account(id: number, block: number): AccountChange {
  const balance = 10n ** 18n + BigInt(block * 1_000_003 + id);
  return {
    address: address(id),
    account: { nonce: BigInt(block), balance, codeHash: EMPTY_CODE_HASH },
    storageCleared: false,
    storage: [],
  };
}

function header(number: number, stateRoot: Uint8Array, parentHash: Uint8Array): BlockHeader {
  const zero = new Uint8Array(32);
  return {
    parentHash,
    coinbase: new Uint8Array(20),
    stateRoot,
    transactionsRoot: zero,
    receiptsRoot: zero,
    logsBloom: new Uint8Array(256),
    number,
    gasLimit: 0n,
    gasUsed: 0n,
    timestamp: number,
    extraData: new Uint8Array(0),
    prevRandao: zero,
    baseFeePerGas: 0n,
    parentBeaconBlockRoot: zero,
  };
}

function median(samples: number[]): string {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  return `${at(0.5)} (min ${at(0)}, max ${at(1)})`;
}

function report(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(58)} ${value}\n`);
}

async function benchOurs(store: StateStore, accounts: number): Promise<Uint8Array> {
  const committer = new TrieCommitter(store);
  const rootMs: number[] = [];
  const commitMs: number[] = [];
  const blockedMs: number[] = [];
  let nodes = 0;
  let head: { root: Uint8Array; hash: Uint8Array } = { root: EMPTY_TRIE_ROOT, hash: new Uint8Array(32) };
  for (let block = 0; block < BLOCKS; block++) {
    const diff =
      block === 0 ? Array.from({ length: accounts }, (_, id) => account(id, 0)) : changes(block, accounts);
    const stateDiff = { accounts: diff, codes: [] };
    const started = performance.now();
    const result = committer.commit(head.root, (a) => store.reader().account(a), stateDiff);
    const rooted = performance.now();
    const hash = keccak256(result.stateRoot);
    const pending = store.commit({
      block: { header: header(block, result.stateRoot, head.hash), hash },
      stateDiff,
      trieNodes: result.nodes,
      storageRoots: result.storageRoots,
    });
    const queued = performance.now();
    await pending;
    head = { root: result.stateRoot, hash };
    if (block === 0) {
      report(
        `genesis of ${accounts} accounts: root ms, commit ms`,
        `${(rooted - started).toFixed(0)}, ${(performance.now() - rooted).toFixed(0)}`,
      );
      continue;
    }
    rootMs.push(((rooted - started) * 1000) / diff.length);
    commitMs.push(performance.now() - rooted);
    blockedMs.push(queued - rooted);
    nodes = result.nodes.size;
  }
  report(`${accounts} accounts: root, µs per changed account`, median(rootMs));
  report(`${accounts} accounts: store commit of ${nodes} nodes, ms`, median(commitMs));
  report(`${accounts} accounts:   of it the calling thread is busy, ms`, median(blockedMs));
  return head.root;
}

async function benchMerkleStateManager(accounts: number): Promise<Uint8Array> {
  const trie = await createMPT({ useKeyHashing: true, cacheSize: 50_000 });
  const manager = new MerkleStateManager({ trie, caches: new Caches({ account: { size: 200_000 } }) });
  const samples: number[] = [];
  for (let block = 0; block < BLOCKS; block++) {
    const diff =
      block === 0 ? Array.from({ length: accounts }, (_, id) => account(id, 0)) : changes(block, accounts);
    for (const { address: bytes, account: fields } of diff) {
      if (fields === undefined) continue;
      await manager.putAccount(new Address(bytes), new Account(fields.nonce, fields.balance));
    }
    const started = performance.now();
    await manager.flush();
    if (block > 0) samples.push(((performance.now() - started) * 1000) / diff.length);
  }
  report(`${accounts} accounts: MerkleStateManager.flush, µs per account`, median(samples));
  return manager.getStateRoot();
}

function benchReads(store: StateStore, accounts: number): void {
  const addresses = Array.from({ length: 10_000 }, (_, i) => address((i * 7919) % accounts));
  const time = (name: string, read: (address: Uint8Array) => unknown): void => {
    const samples: number[] = [];
    for (let round = 0; round < 9; round++) {
      const started = performance.now();
      for (const bytes of addresses) read(bytes);
      samples.push(addresses.length / (performance.now() - started));
    }
    report(`${accounts} accounts: ${name}, thousand a second`, median(samples));
  };
  time("latest account reads", (a) => store.reader().account(a));
  const snapshot = store.snapshot();
  time("snapshot account reads", (a) => snapshot.account(a));
  const slot = new Uint8Array(32);
  time("unset storage reads", (a) => snapshot.storage(a, slot));
  snapshot.close();
}

for (const accounts of [1_000, 100_000]) {
  const directory = await mkdtemp(join(tmpdir(), "commit-bench-"));
  const store = StateStore.open(directory);
  const root = await benchOurs(store, accounts);
  benchReads(store, accounts);
  await store.close();
  await rm(directory, { recursive: true });
  if (process.argv.includes("--ours")) continue;
  const oracle = await benchMerkleStateManager(accounts);
  if (!bytesEqual(root, oracle)) throw new InvariantError("the roots differ");
}
