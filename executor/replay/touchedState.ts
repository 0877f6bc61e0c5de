import { bytesOf, type Key, keyOf } from "../engine/keys.ts";
import type { AccountRecord, StateReader } from "../state/types.ts";
import type { AllocAccount } from "./alloc.ts";

/**
 * Passes reads on and remembers what was asked for: a block run in one lane over it touches all that its reproduction
 * needs. The state below must not move before {@link alloc} is taken.
 */
export class TouchedState implements StateReader {
  private readonly reader: StateReader;
  private readonly touched = new Map<Key, Set<Key>>();

  constructor(reader: StateReader) {
    this.reader = reader;
  }

  account(address: Uint8Array): AccountRecord | undefined {
    this.slotsOf(address);
    return this.reader.account(address);
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array {
    this.slotsOf(address).add(keyOf(slot));
    return this.reader.storage(address, slot);
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.reader.code(codeHash);
  }

  /** The touched part of the state: accounts that exist with their code, slots that are zero among the touched ones. */
  alloc(): AllocAccount[] {
    const accounts: AllocAccount[] = [];
    for (const [key, slots] of this.touched) {
      const address = bytesOf(key);
      const record = this.reader.account(address);
      if (record === undefined) continue;
      const { nonce, balance, codeHash } = record;
      const storage = [...slots].map((slotKey) => {
        const slot = bytesOf(slotKey);
        return { slot, value: this.reader.storage(address, slot) };
      });
      accounts.push({ address, nonce, balance, code: this.reader.code(codeHash), storage });
    }
    return accounts;
  }

  private slotsOf(address: Uint8Array): Set<Key> {
    const key = keyOf(address);
    let slots = this.touched.get(key);
    if (slots === undefined) {
      slots = new Set();
      this.touched.set(key, slots);
    }
    return slots;
  }
}
