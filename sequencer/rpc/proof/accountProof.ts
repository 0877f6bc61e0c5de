import { createMerkleProof, MerklePatriciaTrie } from "@ethereumjs/mpt";
import { type DB, ValueEncoding } from "@ethereumjs/util";
import type { StateSnapshot } from "../../../executor/index.ts";
import {
  bytesToBigInt,
  bytesToHex,
  type Hex,
  hexToBytes,
  InvariantError,
  keccak256,
} from "../../../protocol/index.ts";
import type { StateAccess } from "../context.ts";
import { EMPTY_CODE, EMPTY_ROOT } from "../format/constants.ts";
import { quantity } from "../format/quantity.ts";

type Nodes = Pick<StateAccess, "trieNode">;

/** The stored nodes as the library's database, read-only. Its keys are hashes in hex without 0x. */
function databaseOf(nodes: Nodes): DB<string, string | Uint8Array> {
  const refuse = () => Promise.reject(new InvariantError("a proof never writes to the trie"));
  const database: DB<string, string | Uint8Array> = {
    get: async (key) => nodes.trieNode(hexToBytes(key)),
    put: refuse,
    del: refuse,
    batch: refuse,
    open: async () => undefined,
    shallowCopy: () => database,
  };
  return database;
}

function trieAt(nodes: Nodes, root: Uint8Array): MerklePatriciaTrie {
  return new MerklePatriciaTrie({
    db: databaseOf(nodes),
    root,
    useKeyHashing: true,
    useKeyHashingFunction: keccak256,
    valueEncoding: ValueEncoding.Bytes,
  });
}

async function proveIn(nodes: Nodes, root: Uint8Array, key: Uint8Array): Promise<Hex[]> {
  if (bytesToHex(root) === EMPTY_ROOT) return [];
  return (await createMerkleProof(trieAt(nodes, root), key)).map((node) => bytesToHex(node));
}

/** EIP-1186. An account that does not exist is proven absent and shown empty. */
export async function accountProof(
  nodes: Nodes,
  state: StateSnapshot,
  address: Uint8Array,
  keys: { slot: Uint8Array; given: string }[],
) {
  const account = state.account(address);
  const storageRoot = account?.storageRoot ?? hexToBytes(EMPTY_ROOT);
  const storageProof: { key: string; value: Hex; proof: Hex[] }[] = [];
  for (const { slot, given } of keys) {
    const value = quantity(bytesToBigInt(state.storage(address, slot)));
    storageProof.push({ key: given, value, proof: await proveIn(nodes, storageRoot, slot) });
  }
  return {
    address: bytesToHex(address),
    accountProof: await proveIn(nodes, state.head.stateRoot, address),
    balance: quantity(account?.balance ?? 0n),
    codeHash: account === undefined ? EMPTY_CODE : bytesToHex(account.codeHash),
    nonce: quantity(account?.nonce ?? 0n),
    storageHash: bytesToHex(storageRoot),
    storageProof,
  };
}
