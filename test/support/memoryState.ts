import type { StateReader } from "../../executor/index.ts";
import {
  bytesToHex,
  EMPTY_BYTES,
  type GenesisAccount,
  keccak256,
  type StateDiff,
} from "../../protocol/index.ts";

interface MemoryAccount {
  nonce: bigint;
  balance: bigint;
  codeHash: Uint8Array;
  storageRoot: Uint8Array;
}

const EMPTY_CODE_HASH = keccak256(EMPTY_BYTES);
const EMPTY_ROOT = Uint8Array.from(
  Buffer.from("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421", "hex"),
);

/** A flat state in memory, for tests that need no store. Storage roots come from whoever commits. */
export class MemoryState implements StateReader {
  readonly accounts = new Map<string, MemoryAccount>();
  readonly slots = new Map<string, Uint8Array>();
  readonly codes = new Map<string, Uint8Array>();

  constructor(genesis: GenesisAccount[] = []) {
    for (const { address, nonce, balance, code, storage } of genesis) {
      const codeHash = code.length === 0 ? EMPTY_CODE_HASH : keccak256(code);
      this.accounts.set(bytesToHex(address), { nonce, balance, codeHash, storageRoot: EMPTY_ROOT });
      this.codes.set(bytesToHex(codeHash), code);
      for (const { slot, value } of storage) this.slots.set(bytesToHex(address) + bytesToHex(slot), value);
    }
  }

  account(address: Uint8Array): MemoryAccount | undefined {
    return this.accounts.get(bytesToHex(address));
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array {
    return this.slots.get(bytesToHex(address) + bytesToHex(slot)) ?? EMPTY_BYTES;
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.codes.get(bytesToHex(codeHash)) ?? EMPTY_BYTES;
  }

  apply(diff: StateDiff, storageRoots: Map<string, Uint8Array>): void {
    for (const { hash, code } of diff.codes) this.codes.set(bytesToHex(hash), code);
    for (const { address, account, storageCleared, storage } of diff.accounts) {
      const key = bytesToHex(address);
      if (storageCleared) {
        for (const slot of [...this.slots.keys()]) if (slot.startsWith(key)) this.slots.delete(slot);
      }
      if (account === undefined) this.accounts.delete(key);
      else this.accounts.set(key, { ...account, storageRoot: storageRoots.get(key) ?? EMPTY_ROOT });
      for (const { slot, value } of storage) this.slots.set(key + bytesToHex(slot), value);
    }
  }
}
