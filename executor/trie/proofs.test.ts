import { createMPT, verifyMPTWithMerkleProof } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { createVM, type VM } from "@ethereumjs/vm";
import { type Abi, decodeFunctionResult, encodeFunctionData } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type AccountChange,
  bigIntToBytes,
  bytesToHex,
  type Hex,
  hexToBytes,
  keccak256,
} from "../../protocol/index.ts";
import { compileSolidity } from "../../test/support/compileSolidity.ts";
import { accountToRlp, EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, storageValueToRlp } from "./accountRlp.ts";
import { commitStateDiff, hashKey } from "./commitStateDiff.ts";
import { proveAccount, proveStorage } from "./proofs.ts";

const HARNESS = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;
import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";

contract Harness {
  function verify(bytes memory value, bytes32 root, bytes memory key, bytes[] memory proof) external pure returns (bool) {
    return TrieProof.verify(value, root, key, proof);
  }
}`;

/** OpenZeppelin's TrieProof in an EVM. */
class SolidityVerifier {
  readonly #vm: VM;
  readonly #code: Uint8Array;
  readonly #abi: Abi;

  constructor(vm: VM, code: Uint8Array, abi: Abi) {
    this.#vm = vm;
    this.#code = code;
    this.#abi = abi;
  }

  static async create(): Promise<SolidityVerifier> {
    const { Harness } = compileSolidity(HARNESS);
    if (Harness === undefined) return expect.unreachable("the harness is compiled");
    return new SolidityVerifier(await createVM(), hexToBytes(Harness.runtimeBytecode), Harness.abi);
  }

  /** False for a proof that is refused, also where the library reverts. */
  async verify(root: Uint8Array, key: Uint8Array, value: Uint8Array, nodes: Uint8Array[]): Promise<boolean> {
    const args = [value, root, key, nodes].map((part) =>
      Array.isArray(part) ? part.map((node) => bytesToHex(node)) : bytesToHex(part),
    );
    const data = encodeFunctionData({ abi: this.#abi, functionName: "verify", args });
    const ran = await this.#vm.evm.runCode?.({
      code: this.#code,
      data: hexToBytes(data),
      gasLimit: 1_000_000_000n,
    });
    if (ran === undefined) return expect.unreachable("the EVM runs code");
    if (ran.exceptionError !== undefined) return false;
    const result: Hex = bytesToHex(ran.returnValue);
    return decodeFunctionResult({ abi: this.#abi, functionName: "verify", data: result }) === true;
  }
}

/** Slots of each account: none, one (a lone leaf), two, and enough for several levels. */
const SLOTS = [0, 1, 2, 500];
const ACCOUNTS = 600;

function word(id: number): Uint8Array {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(28, id);
  return bytes;
}

function accountOf(id: number): AccountChange {
  const length = id < SLOTS.length ? (SLOTS[id] ?? 0) : 0;
  return {
    address: word(id).subarray(12),
    account: { nonce: BigInt(id), balance: BigInt(id) * 10n ** 15n, codeHash: EMPTY_CODE_HASH },
    storageCleared: false,
    storage: Array.from({ length }, (_, slot) => ({
      slot: word(slot),
      value: bigIntToBytes(slot % 3 === 0 ? BigInt(slot + 1) : (1n << 255n) + BigInt(slot)),
    })),
  };
}

describe("proofs", () => {
  const accounts = Array.from({ length: ACCOUNTS }, (_, id) => accountOf(id));
  const { stateRoot, storageRoots, nodes } = commitStateDiff(
    { node: () => undefined },
    EMPTY_TRIE_ROOT,
    () => undefined,
    { accounts, codes: [] },
  );
  const reader = { node: (hash: Uint8Array) => nodes.get(hashKey(hash)) };
  let solidity: SolidityVerifier;

  const storageRootOf = (address: Uint8Array) => storageRoots.get(bytesToHex(address)) ?? EMPTY_TRIE_ROOT;

  beforeAll(async () => {
    solidity = await SolidityVerifier.create();
  }, 60_000);

  /** What @ethereumjs/mpt reads out of a proof; throws for a bad one. */
  async function stockValue(root: Uint8Array, key: Uint8Array, proof: Uint8Array[]) {
    return verifyMPTWithMerkleProof(await createMPT({ useKeyHashing: true, root }), root, key, proof);
  }

  async function expectIncluded(root: Uint8Array, key: Uint8Array, value: Uint8Array, proof: Uint8Array[]) {
    expect(await stockValue(root, key, proof)).toEqual(value);
    const hashed = keccak256(key);
    expect(await solidity.verify(root, hashed, value, proof)).toBe(true);
    // The same proof shows nothing else: no other value, no other key, no other root.
    expect(await solidity.verify(root, hashed, RLP.encode("else"), proof)).toBe(false);
    expect(await solidity.verify(root, keccak256(hashed), value, proof)).toBe(false);
    expect(await solidity.verify(keccak256(root), hashed, value, proof)).toBe(false);
  }

  it("show present accounts to @ethereumjs/mpt and to OpenZeppelin's TrieProof", async () => {
    for (const change of accounts.filter((_, id) => id < 8 || id % 97 === 0)) {
      const { address, account } = change;
      if (account === undefined) continue;
      const storageRoot = storageRootOf(address);
      const proof = proveAccount(reader, stateRoot, address);
      expect(proof.account).toEqual({ ...account, storageRoot });
      const rlp = accountToRlp(account.nonce, account.balance, storageRoot, account.codeHash);
      await expectIncluded(stateRoot, address, rlp, proof.nodes);
    }
  });

  it("show present slots to @ethereumjs/mpt and to OpenZeppelin's TrieProof", async () => {
    let checked = 0;
    for (const { address, storage } of accounts.slice(0, SLOTS.length)) {
      for (const { slot, value } of storage.filter((_, i) => i < 4 || i % 83 === 0)) {
        const proof = proveStorage(reader, storageRootOf(address), slot);
        expect(proof.value).toEqual(value);
        await expectIncluded(storageRootOf(address), slot, storageValueToRlp(value), proof.nodes);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(12);
  });

  it("show the absence of accounts and slots to @ethereumjs/mpt", async () => {
    for (let id = ACCOUNTS; id < ACCOUNTS + 40; id++) {
      const address = word(id).subarray(12);
      const proof = proveAccount(reader, stateRoot, address);
      expect(proof.account).toBeUndefined();
      expect(await stockValue(stateRoot, address, proof.nodes)).toBeNull();
      // A proof that stops early shows nothing.
      await expect(stockValue(stateRoot, address, proof.nodes.slice(0, -1))).rejects.toThrow();
    }
    for (const { address, storage } of accounts.slice(1, SLOTS.length)) {
      for (let slot = storage.length; slot < storage.length + 20; slot++) {
        const proof = proveStorage(reader, storageRootOf(address), word(slot));
        expect(proof.value).toEqual(new Uint8Array(0));
        expect(await stockValue(storageRootOf(address), word(slot), proof.nodes)).toBeNull();
      }
    }
  });

  it("have no nodes where there is no trie", () => {
    expect(proveAccount(reader, EMPTY_TRIE_ROOT, word(1).subarray(12))).toEqual({
      account: undefined,
      nodes: [],
    });
    expect(proveStorage(reader, EMPTY_TRIE_ROOT, word(1))).toEqual({ value: new Uint8Array(0), nodes: [] });
  });
});
