import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMPT } from "@ethereumjs/mpt";
import { Caches, MerkleStateManager } from "@ethereumjs/statemanager";
import { Account, Address, type BatchDBOp, type DB, ValueEncoding } from "@ethereumjs/util";
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
import { ShardedCommitter } from "./shardedCommitter.ts";

/**
 * What a block of changed accounts costs: our committer on the state store, on disk, against MerkleStateManager.flush
 * on a trie that reads the same genesis nodes from the same store and keeps what it writes in memory.
 * Run: npx tsx executor/trie/commit.bench.ts [--ours] [--reads] [--blocks=20] [--changed=500] [--accounts=10000,…]
 *   [--sharded] [--workers=1]
 */
const option = (name: string, standard: string): string =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3) ?? standard;
const CHANGED = Number(option("changed", "500"));
const BLOCKS = Number(option("blocks", "20"));
const WORKERS = Number(option("workers", "1"));
const SIZES = option("accounts", "10000,100000,1000000").split(",").map(Number);

function address(id: number): Uint8Array {
  const seed = new Uint8Array(4);
  new DataView(seed.buffer).setUint32(0, id);
  return keccak256(seed).slice(0, 20);
}

/** The accounts that block `block` changes: spread evenly, different in each block. */
function changes(block: number, accounts: number, changed = CHANGED): AccountChange[] {
  const ids = new Set<number>();
  for (let i = 0; ids.size < Math.min(changed, accounts); i++)
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

const zeroHash = new Uint8Array(32);

interface Samples {
  min: number;
  median: number;
  max: number;
}

function summarize(samples: number[]): Samples {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { min: at(0), median: at(0.5), max: at(1) };
}

function show(samples: number[]): string {
  const { min, median, max } = summarize(samples);
  return `${median.toFixed(1)} (min ${min.toFixed(1)}, max ${max.toFixed(1)})`;
}

function report(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(62)} ${value}\n`);
}

interface Head {
  number: number;
  root: Uint8Array;
  hash: Uint8Array;
}

const EMPTY_HEAD: Head = { number: -1, root: EMPTY_TRIE_ROOT, hash: new Uint8Array(32) };

/** Computes the root and stores it, as a block does. */
async function commitBlock(
  store: StateStore,
  committer: TrieCommitter,
  head: Head,
  accounts: AccountChange[],
) {
  const stateDiff = { accounts, codes: [] };
  const number = head.number + 1;
  const started = performance.now();
  const result = committer.commit(head.root, (a) => store.reader().account(a), stateDiff);
  const rooted = performance.now();
  const hash = keccak256(result.stateRoot);
  const pending = store.commit({
    block: { header: header(number, result.stateRoot, head.hash), hash },
    stateDiff,
    trieNodes: result.nodes,
    storageRoots: result.storageRoots,
  });
  const queued = performance.now();
  await pending;
  const next: Head = { number, root: result.stateRoot, hash };
  return {
    head: next,
    nodes: result.nodes.size,
    rootMs: rooted - started,
    blockedMs: queued - rooted,
    commitMs: performance.now() - rooted,
  };
}

const GENESIS_CHUNK = 100_000;

/** Inserts all accounts, in blocks of at most {@link GENESIS_CHUNK}. */
async function createGenesis(store: StateStore, accounts: number): Promise<Head> {
  const committer = new TrieCommitter(store);
  let head = EMPTY_HEAD;
  let rootMs = 0;
  let commitMs = 0;
  for (let from = 0; from < accounts; from += GENESIS_CHUNK) {
    const length = Math.min(GENESIS_CHUNK, accounts - from);
    const diff = Array.from({ length }, (_, i) => account(from + i, 0));
    const done = await commitBlock(store, committer, head, diff);
    head = done.head;
    rootMs += done.rootMs;
    commitMs += done.commitMs;
  }
  report(
    `${accounts} accounts: inserted, root ms, commit ms`,
    `${rootMs.toFixed(0)}, ${commitMs.toFixed(0)}`,
  );
  return head;
}

/** µs per changed account of each block. */
async function benchOurs(store: StateStore, genesis: Head, accounts: number) {
  const committer = new TrieCommitter(store);
  const micros: number[] = [];
  const commitMs: number[] = [];
  const blockedMs: number[] = [];
  let nodes = 0;
  let head = genesis;
  for (let block = 1; block <= BLOCKS; block++) {
    const diff = changes(block, accounts);
    const done = await commitBlock(store, committer, head, diff);
    head = done.head;
    micros.push((done.rootMs * 1000) / diff.length);
    commitMs.push(done.commitMs);
    blockedMs.push(done.blockedMs);
    nodes = done.nodes;
  }
  report(`${accounts} accounts: root, µs per changed account`, show(micros));
  report(`${accounts} accounts: store commit of ${nodes} nodes, ms`, show(commitMs));
  report(`${accounts} accounts:   of it the calling thread is busy, ms`, show(blockedMs));
  return { micros, root: head.root };
}

/** Stock's database: reads from the store what it has not written itself. */
class StoreBackedDb implements DB<string, Uint8Array> {
  readonly #store: StateStore;
  readonly #written = new Map<string, Uint8Array>();

  constructor(store: StateStore) {
    this.#store = store;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#written.get(key) ?? this.#store.node(Buffer.from(key, "hex"));
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    this.#written.set(key, value);
  }

  async del(key: string): Promise<void> {
    this.#written.delete(key);
  }

  async batch(operations: BatchDBOp<string, Uint8Array>[]): Promise<void> {
    for (const operation of operations) {
      if (operation.type === "put") this.#written.set(operation.key, operation.value);
      else this.#written.delete(operation.key);
    }
  }

  async open(): Promise<void> {
    // The store is open.
  }

  shallowCopy(): DB<string, Uint8Array> {
    return this;
  }
}

async function benchMerkleStateManager(store: StateStore, genesis: Head, accounts: number) {
  const db = new StoreBackedDb(store) as DB<string, string | Uint8Array>;
  const trie = await createMPT({
    useKeyHashing: true,
    cacheSize: 50_000,
    db,
    root: genesis.root,
    valueEncoding: ValueEncoding.Bytes,
  });
  const manager = new MerkleStateManager({ trie, caches: new Caches({ account: { size: 200_000 } }) });
  const micros: number[] = [];
  for (let block = 1; block <= BLOCKS; block++) {
    const diff = changes(block, accounts);
    for (const { address: bytes, account: fields } of diff) {
      if (fields === undefined) continue;
      await manager.putAccount(new Address(bytes), new Account(fields.nonce, fields.balance));
    }
    const started = performance.now();
    await manager.flush();
    micros.push(((performance.now() - started) * 1000) / diff.length);
  }
  report(`${accounts} accounts: MerkleStateManager.flush, µs per account`, show(micros));
  return { micros, root: await manager.getStateRoot() };
}

/** One thread against several on the same blocks, taking turns to be first. */
async function benchSharded(store: StateStore, dataDir: string, genesis: Head, accounts: number) {
  const single = new TrieCommitter(store);
  const sharded = new ShardedCommitter(store, { dataDir, workers: WORKERS, shardFrom: 0 });
  if (!(await sharded.start())) throw new InvariantError("a shard's thread did not start");
  let head = genesis;
  for (const changed of [500, 2_000, 10_000]) {
    const micros: number[][] = [[], []];
    const gains: number[] = [];
    for (let block = 1; block <= BLOCKS; block++) {
      const stateDiff = { accounts: changes(head.number + 1, accounts, changed), codes: [] };
      const before = new Map(stateDiff.accounts.map((c) => [c.address, store.reader().account(c.address)]));
      const accountsBefore = (bytes: Uint8Array) => before.get(bytes);
      const roots: Uint8Array[] = [];
      for (const which of block % 2 === 0 ? [0, 1] : [1, 0]) {
        const started = performance.now();
        const committer = which === 0 ? single : sharded;
        const { stateRoot } = await committer.commit(head.root, accountsBefore, stateDiff);
        micros[which]?.push(((performance.now() - started) * 1000) / stateDiff.accounts.length);
        roots.push(stateRoot);
      }
      if (!bytesEqual(roots[0] ?? zeroHash, roots[1] ?? zeroHash))
        throw new InvariantError("the roots differ");
      gains.push((micros[0]?.at(-1) ?? 0) / (micros[1]?.at(-1) ?? 1));
      head = (await commitBlock(store, single, head, stateDiff.accounts)).head;
    }
    report(`${accounts} accounts, ${changed} changed: one thread, µs per account`, show(micros[0] ?? []));
    report(`${accounts} accounts, ${changed} changed: ${WORKERS + 1} threads`, show(micros[1] ?? []));
    report(`${accounts} accounts, ${changed} changed: gain`, show(gains));
  }
  await sharded.stop();
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
    report(`${accounts} accounts: ${name}, thousand a second`, show(samples));
  };
  time("latest account reads", (a) => store.reader().account(a));
  const snapshot = store.snapshot();
  time("snapshot account reads", (a) => snapshot.account(a));
  const slot = new Uint8Array(32);
  time("unset storage reads", (a) => snapshot.storage(a, slot));
  snapshot.close();
}

for (const accounts of SIZES) {
  const directory = await mkdtemp(join(tmpdir(), "commit-bench-"));
  const store = StateStore.open(directory);
  const genesis = await createGenesis(store, accounts);
  if (process.argv.includes("--sharded")) {
    await benchSharded(store, directory, genesis, accounts);
    await store.close();
    await rm(directory, { recursive: true });
    continue;
  }
  const ours = await benchOurs(store, genesis, accounts);
  if (process.argv.includes("--reads")) benchReads(store, accounts);
  if (!process.argv.includes("--ours")) {
    const stock = await benchMerkleStateManager(store, genesis, accounts);
    if (!bytesEqual(ours.root, stock.root)) throw new InvariantError("the roots differ");
    const [a, b] = [summarize(stock.micros), summarize(ours.micros)];
    const ratio = `${(a.median / b.median).toFixed(1)} (of minima ${(a.min / b.min).toFixed(1)})`;
    report(`${accounts} accounts: stock / ours, ratio of medians`, ratio);
  }
  await store.close();
  await rm(directory, { recursive: true });
}
