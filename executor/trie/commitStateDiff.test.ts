import { createMPT, type MerklePatriciaTrie, verifyMerkleProof } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AccountChange,
  bigIntToBytes,
  bytesToHex,
  hexToBytes,
  type StateDiff,
} from "../../protocol/index.ts";
import type { AccountRecord } from "../state/types.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "./accountRlp.ts";
import { commitStateDiff, hashKey, type StateCommit, TrieCommitter } from "./commitStateDiff.ts";
import { historicalReader } from "./historicalReader.ts";
import { proveAccount, proveStorage } from "./proofs.ts";
import { type Child, decodeTrieNode, MissingTrieNodeError } from "./trieNode.ts";

/** The state as maps, with @ethereumjs/mpt tries of its own: what the committer must agree with. */
class Oracle {
  readonly accounts = new Map<string, AccountRecord>();
  readonly storage = new Map<string, Map<string, Uint8Array>>();
  readonly tries = new Map<string, MerklePatriciaTrie>();
  state: MerklePatriciaTrie | undefined;

  async apply(diff: StateDiff): Promise<Uint8Array> {
    this.state ??= await createMPT({ useKeyHashing: true });
    for (const change of diff.accounts) await this.#applyAccount(this.state, change);
    return this.state.root();
  }

  async #applyAccount(state: MerklePatriciaTrie, change: AccountChange): Promise<void> {
    const key = bytesToHex(change.address);
    if (change.account === undefined || change.storageCleared) {
      this.tries.delete(key);
      this.storage.delete(key);
    }
    if (change.account === undefined) {
      this.accounts.delete(key);
      await state.del(change.address);
      return;
    }
    const trie = this.tries.get(key) ?? (await createMPT({ useKeyHashing: true }));
    const slots = this.storage.get(key) ?? new Map<string, Uint8Array>();
    this.tries.set(key, trie);
    this.storage.set(key, slots);
    for (const { slot, value } of change.storage) {
      slots.set(bytesToHex(slot), value);
      if (value.length === 0) await trie.del(slot);
      else await trie.put(slot, RLP.encode(value));
    }
    const { nonce, balance, codeHash } = change.account;
    this.accounts.set(key, { nonce, balance, codeHash, storageRoot: trie.root() });
    await state.put(
      change.address,
      RLP.encode([bigIntToBytes(nonce), bigIntToBytes(balance), trie.root(), codeHash]),
    );
  }
}

function filled(length: number, id: number): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(length - 4, id);
  return bytes;
}

const values = fc.oneof(
  { arbitrary: fc.constant(new Uint8Array(0)), weight: 3 },
  { arbitrary: fc.integer({ min: 1, max: 0xffff }).map((n) => bigIntToBytes(BigInt(n))), weight: 3 },
  { arbitrary: fc.bigInt({ min: 1n << 248n, max: (1n << 256n) - 1n }).map(bigIntToBytes), weight: 1 },
);

const storageChanges = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 40 }), values), {
    maxLength: 12,
    selector: ([slot]) => slot,
  })
  .map((slots) =>
    slots.sort(([a], [b]) => a - b).map(([slot, value]) => ({ slot: filled(32, slot), value })),
  );

/** Of `ids` accounts: with few, branches collapse and extensions split all the time. */
const accountChanges = (ids: number) =>
  fc.record({
    id: fc.integer({ min: 0, max: ids }),
    exists: fc.integer({ min: 0, max: 3 }).map((n) => n > 1 || (n === 1 && ids > 20)),
    nonce: fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })),
    balance: fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: (1n << 256n) - 1n })),
    hasCode: fc.boolean(),
    storageCleared: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    storage: storageChanges,
  });

const rounds = fc.constantFrom(3, 20, 60).chain((ids) =>
  fc.array(fc.uniqueArray(accountChanges(ids), { maxLength: 25, selector: ({ id }) => id }), {
    minLength: 1,
    maxLength: 6,
  }),
);

type ValueOf<A> = A extends fc.Arbitrary<infer T> ? T : never;
type Round = ValueOf<ReturnType<typeof accountChanges>>[];

function toDiff(round: Round): StateDiff {
  const accounts = round
    .sort((a, b) => a.id - b.id)
    .map(({ id, exists, nonce, balance, hasCode, storageCleared, storage }): AccountChange => {
      const codeHash = hasCode ? filled(32, 0xc0de) : EMPTY_CODE_HASH;
      return {
        address: filled(20, id),
        account: exists ? { nonce, balance, codeHash } : undefined,
        storageCleared,
        storage: exists ? storage : [],
      };
    });
  return { accounts, codes: [] };
}

/** Reads every node under a root; returns the hashes met. */
function walkAll(
  store: Map<string, Uint8Array>,
  root: Uint8Array,
  met: Set<string>,
  onLeaf: (v: Uint8Array) => void,
) {
  const visit = (child: Child): void => {
    let node = child;
    if (node instanceof Uint8Array) {
      if (node.length === 32) met.add(hashKey(node));
      const rlp = node.length === 32 ? store.get(hashKey(node)) : node;
      if (rlp === undefined) throw new MissingTrieNodeError(hashKey(node));
      node = decodeTrieNode(rlp);
    }
    if (node.kind === "leaf") onLeaf(node.value);
    else if (node.kind === "extension") visit(node.child);
    else
      for (let place = 0; place < 16; place++) {
        const below = node.child(place);
        if (below !== undefined) visit(below);
      }
  };
  if (bytesToHex(root) !== bytesToHex(EMPTY_TRIE_ROOT)) visit(root);
}

/** Of the account trie, whose nodes are never alike, no node is written that stood before. */
function checkOnlyNew(store: Map<string, Uint8Array>, root: Uint8Array, result: StateCommit): void {
  const before = new Set<string>();
  const after = new Set<string>();
  walkAll(store, root, before, () => undefined);
  walkAll(store, result.stateRoot, after, () => undefined);
  const rewritten = [...after].filter((hash) => before.has(hash) && result.nodes.has(hash));
  expect(rewritten).toEqual([]);
}

function walkState(store: Map<string, Uint8Array>, root: Uint8Array): Set<string> {
  const met = new Set<string>();
  walkAll(store, root, met, (account) => {
    const storageRoot = RLP.decode(account)[2];
    if (storageRoot instanceof Uint8Array) walkAll(store, storageRoot, met, () => undefined);
  });
  return met;
}

async function checkProofs(store: Map<string, Uint8Array>, root: Uint8Array, oracle: Oracle): Promise<void> {
  const reader = { node: (hash: Uint8Array) => store.get(hashKey(hash)) };
  if (oracle.accounts.size === 0) return;
  for (let id = 0; id <= 60; id += 3) {
    const address = filled(20, id);
    const key = bytesToHex(address);
    const known = oracle.accounts.get(key);
    const { account, nodes } = proveAccount(reader, root, address);
    expect(account).toEqual(known);
    const proven = await verifyMerkleProof(address, nodes, { root, useKeyHashing: true });
    expect(proven === null).toBe(known === undefined);
    if (known === undefined || bytesToHex(known.storageRoot) === bytesToHex(EMPTY_TRIE_ROOT)) continue;
    for (let slot = 0; slot < 4; slot++) {
      const proof = proveStorage(reader, known.storageRoot, filled(32, slot));
      const value = oracle.storage.get(key)?.get(bytesToHex(filled(32, slot))) ?? new Uint8Array(0);
      expect(bytesToHex(proof.value)).toBe(bytesToHex(value));
      const options = { root: known.storageRoot, useKeyHashing: true };
      const leaf = await verifyMerkleProof(filled(32, slot), proof.nodes, options);
      expect(leaf === null ? "" : bytesToHex(leaf)).toBe(
        value.length === 0 ? "" : bytesToHex(RLP.encode(value)),
      );
    }
  }
}

async function checkRounds(generated: Round[], cachedNodes: number | undefined): Promise<void> {
  const oracle = new Oracle();
  const store = new Map<string, Uint8Array>();
  const reader = { node: (hash: Uint8Array) => store.get(hashKey(hash)) };
  const committer = new TrieCommitter(reader, cachedNodes === undefined ? {} : { cachedNodes });
  const history: { root: Uint8Array; accounts: Map<string, AccountRecord> }[] = [];
  let root = EMPTY_TRIE_ROOT;
  for (const round of generated) {
    const diff = toDiff(round);
    const before = new Map(oracle.accounts);
    const accountsBefore = (address: Uint8Array) => before.get(bytesToHex(address));
    const uncached = commitStateDiff(reader, root, accountsBefore, diff);
    const result = committer.commit(root, accountsBefore, diff);
    expect(bytesToHex(result.stateRoot)).toBe(bytesToHex(await oracle.apply(diff)));
    expect(result).toEqual(uncached);
    for (const change of diff.accounts) {
      const key = bytesToHex(change.address);
      expect(result.storageRoots.get(key)).toEqual(oracle.accounts.get(key)?.storageRoot);
    }
    for (const [hash, rlp] of result.nodes) store.set(hash, new Uint8Array(rlp));
    checkOnlyNew(store, root, result);
    const met = walkState(store, result.stateRoot);
    for (const hash of result.nodes.keys()) expect(met.has(hash)).toBe(true);
    root = result.stateRoot;
    history.push({ root, accounts: new Map(oracle.accounts) });
  }
  await checkProofs(store, root, oracle);
  for (const { root: oldRoot, accounts } of history) {
    const state = historicalReader({ ...reader, code: () => new Uint8Array(0) }, oldRoot);
    for (let id = 0; id <= 60; id += 7) {
      expect(state.account(filled(20, id))).toEqual(accounts.get(bytesToHex(filled(20, id))));
    }
  }
}

describe("commitStateDiff", () => {
  it("agrees with @ethereumjs/mpt over rounds of inserts, updates and deletes", async () => {
    await fc.assert(
      fc.asyncProperty(rounds, fc.constantFrom(undefined, 1, 8), async (generated, cachedNodes) => {
        await checkRounds(generated, cachedNodes);
      }),
      { numRuns: 50 },
    );
  });

  it("commits on any root it has made, in any order, with nodes kept from all of them", async () => {
    const branches = fc.array(fc.tuple(fc.nat(20), fc.array(accountChanges(20), { maxLength: 8 })), {
      minLength: 2,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(branches, async (forks) => {
        const store = new Map<string, Uint8Array>();
        const reader = { node: (hash: Uint8Array) => store.get(hashKey(hash)) };
        const committer = new TrieCommitter(reader, { cachedNodes: 32 });
        const states: { root: Uint8Array; past: StateDiff[] }[] = [{ root: EMPTY_TRIE_ROOT, past: [] }];
        for (const [from, changes] of forks) {
          const parent = states[from % states.length];
          if (parent === undefined) continue;
          const unique = [...new Map(changes.map((change) => [change.id, change])).values()];
          const past = [...parent.past, toDiff(unique)];
          const oracle = new Oracle();
          let expected: Uint8Array = EMPTY_TRIE_ROOT;
          let before = new Map<string, AccountRecord>();
          for (const diff of past) {
            before = new Map(oracle.accounts);
            expected = await oracle.apply(diff);
          }
          const accountsBefore = (address: Uint8Array) => before.get(bytesToHex(address));
          const result = committer.commit(parent.root, accountsBefore, toDiff(unique));
          expect(bytesToHex(result.stateRoot)).toBe(bytesToHex(expected));
          for (const [hash, rlp] of result.nodes) store.set(hash, new Uint8Array(rlp));
          states.push({ root: result.stateRoot, past });
        }
      }),
      { numRuns: 40 },
    );
  });

  it("comes back to the empty root when all is deleted", () => {
    const store = new Map<string, Uint8Array>();
    const reader = { node: (hash: Uint8Array) => store.get(hashKey(hash)) };
    const accounts = Array.from({ length: 300 }, (_, id) => ({
      address: filled(20, id),
      account: { nonce: 1n, balance: BigInt(id), codeHash: EMPTY_CODE_HASH },
      storageCleared: false,
      storage: [],
    }));
    const full = commitStateDiff(reader, EMPTY_TRIE_ROOT, () => undefined, { accounts, codes: [] });
    for (const [hash, rlp] of full.nodes) store.set(hash, rlp);
    const gone = accounts.map((change) => ({ ...change, account: undefined }));
    const empty = commitStateDiff(reader, full.stateRoot, () => undefined, { accounts: gone, codes: [] });
    expect(empty.stateRoot).toEqual(EMPTY_TRIE_ROOT);
    expect(empty.nodes.size).toBe(0);
  });

  it("changes nothing for an empty diff and says which node is missing", () => {
    const reader = { node: () => undefined };
    const root = hexToBytes(`0x${"12".repeat(32)}`);
    const account = { nonce: 0n, balance: 1n, codeHash: EMPTY_CODE_HASH };
    const change = { address: filled(20, 1), account, storageCleared: false, storage: [] };
    expect(() => commitStateDiff(reader, root, () => undefined, { accounts: [change], codes: [] })).toThrow(
      MissingTrieNodeError,
    );
    const none = commitStateDiff(reader, EMPTY_TRIE_ROOT, () => undefined, { accounts: [], codes: [] });
    expect(none.stateRoot).toEqual(EMPTY_TRIE_ROOT);
  });
});
