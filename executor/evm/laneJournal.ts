import { type Common, Hardfork, type StateManagerInterface } from "@ethereumjs/common";
import type { EVM } from "@ethereumjs/evm";
import { type Account, Address, type PrefixedHexString } from "@ethereumjs/util";
import { bytesToHex, InvariantError } from "../../protocol/index.ts";
import { bytesOf, type Key, keyOf } from "../engine/keys.ts";

type StockJournal = EVM["journal"];

const RIPEMD160: Key = `${"\0".repeat(19)}\x03`;
const MAX_KEPT_KEYS = 1024;
const NO_PRECOMPILES: ReadonlySet<Key> = new Set();

/**
 * Warm addresses and slots (EIP-2929) and touched accounts (EIP-161), with EthereumJS's behaviour, at less cost: one
 * set of short keys each and one undo log each, in which a checkpoint is a position. A slot's key is that of its
 * address followed by its own.
 *
 * A touch of the RIPEMD-160 precompile outlives its revert, as on mainnet since block 2,675,119.
 */
export class LaneJournal implements Pick<StockJournal, keyof StockJournal> {
  accessList?: Map<string, Set<string>>;
  preimages?: Map<PrefixedHexString, Uint8Array>;

  private readonly stateManager: StateManagerInterface;
  private readonly common: Common;
  private readonly warm = new Set<Key>();
  private readonly alwaysWarm = new Set<Key>();
  private readonly touched = new Set<Key>();
  private readonly warmed: Key[] = [];
  private readonly touches: Key[] = [];
  private readonly checkpoints: number[] = [];
  /** Warm in every transaction. */
  private precompiles: ReadonlySet<Key> = NO_PRECOMPILES;
  private readonly keysOfHex = new Map<string, Key>();
  private readonly addressKeys = new LastKey();
  private readonly slotKeys = new LastKey();

  constructor(stateManager: StateManagerInterface, common: Common) {
    this.stateManager = stateManager;
    this.common = common;
  }

  /**
   * Begins a transaction with these addresses and slots (address and slot in one key) warm, and all precompiles.
   */
  begin(warm: Iterable<Key>, precompiles: ReadonlySet<Key>): void {
    this.cleanJournal();
    this.precompiles = precompiles;
    for (const key of warm) this.alwaysWarm.add(key);
  }

  startReportingAccessList(): void {
    this.accessList = new Map();
  }

  startReportingPreimages(): void {
    this.preimages = new Map();
  }

  putAccount(address: Address, account: Account | undefined): Promise<void> {
    this.touch(address);
    return this.stateManager.putAccount(address, account);
  }

  deleteAccount(address: Address): Promise<void> {
    this.touch(address);
    return this.stateManager.deleteAccount(address);
  }

  checkpoint(): Promise<void> {
    this.checkpoints.push(this.warmed.length, this.touches.length);
    return this.stateManager.checkpoint();
  }

  commit(): Promise<void> {
    this.checkpoints.pop();
    this.checkpoints.pop();
    return this.stateManager.commit();
  }

  revert(): Promise<void> {
    const touches = this.checkpoints.pop() ?? 0;
    const warmed = this.checkpoints.pop() ?? 0;
    for (let i = warmed; i < this.warmed.length; i++) this.warm.delete(this.warmed[i] ?? "");
    for (let i = touches; i < this.touches.length; i++) {
      const key = this.touches[i] ?? "";
      if (key !== RIPEMD160) this.touched.delete(key);
    }
    this.warmed.length = warmed;
    this.touches.length = touches;
    return this.stateManager.revert();
  }

  /** `runTx` does this inside its own checkpoint, which then ends without a position: there is nothing to undo. */
  cleanJournal(): void {
    this.warm.clear();
    this.alwaysWarm.clear();
    this.precompiles = NO_PRECOMPILES;
    this.touched.clear();
    this.warmed.length = 0;
    this.touches.length = 0;
    this.checkpoints.length = 0;
  }

  /** Removes what was touched and is empty, then forgets everything. */
  async cleanup(): Promise<void> {
    if (this.common.gteHardfork(Hardfork.SpuriousDragon)) {
      for (const key of this.touched) {
        const address = new Address(bytesOf(key));
        const account = await this.stateManager.getAccount(address);
        if (account === undefined || account.isEmpty()) await this.deleteAccount(address);
      }
    }
    this.cleanJournal();
    delete this.accessList;
    delete this.preimages;
  }

  addAlwaysWarmAddress(address: string, addToAccessList = false): void {
    this.alwaysWarm.add(this.keyOfHex(address));
    if (addToAccessList) this.report(unprefixed(address), undefined);
  }

  addAlwaysWarmSlot(address: string, slot: string, addToAccessList = false): void {
    this.addAlwaysWarmAddress(address, addToAccessList);
    this.alwaysWarm.add(this.keyOfHex(address) + this.keyOfHex(slot));
    if (addToAccessList) this.report(unprefixed(address), unprefixed(slot));
  }

  isWarmedAddress(address: Uint8Array): boolean {
    const key = this.addressKeys.of(address);
    return this.warm.has(key) || this.alwaysWarm.has(key) || this.precompiles.has(key);
  }

  addWarmedAddress(address: Uint8Array): void {
    this.warmKey(this.addressKeys.of(address));
    if (this.accessList !== undefined) this.report(hex(address), undefined);
  }

  isWarmedStorage(address: Uint8Array, slot: Uint8Array): boolean {
    const key = this.addressKeys.of(address) + this.slotKeys.of(slot);
    return this.warm.has(key) || this.alwaysWarm.has(key);
  }

  addWarmedStorage(address: Uint8Array, slot: Uint8Array): void {
    const key = this.addressKeys.of(address);
    this.warmKey(key);
    this.warmKey(key + this.slotKeys.of(slot));
    if (this.accessList !== undefined) this.report(hex(address), hex(slot));
  }

  private warmKey(key: Key): void {
    if (this.warm.has(key)) return;
    this.warm.add(key);
    this.warmed.push(key);
  }

  private touch(address: Address): void {
    const key = keyOf(address.bytes);
    if (this.preimages !== undefined) this.notePreimage(this.preimages, address.bytes);
    if (this.touched.has(key)) return;
    this.touched.add(key);
    this.touches.push(key);
  }

  private notePreimage(preimages: Map<PrefixedHexString, Uint8Array>, address: Uint8Array): void {
    if (this.stateManager.getAppliedKey === undefined) {
      throw new InvariantError("preimages are asked of a state manager that does not know its keys");
    }
    preimages.set(bytesToHex(this.stateManager.getAppliedKey(address)), address);
  }

  /** What `runTx` answers when it is asked for an access list: hex without prefix. */
  private report(address: string, slot: string | undefined): void {
    if (this.accessList === undefined) return;
    let slots = this.accessList.get(address);
    if (slots === undefined) {
      slots = new Set();
      this.accessList.set(address, slots);
    }
    if (slot !== undefined) slots.add(slot);
  }

  /** `runTx` names the same precompiles before every transaction. */
  private keyOfHex(text: string): Key {
    let key = this.keysOfHex.get(text);
    if (key === undefined) {
      key = Buffer.from(unprefixed(text), "hex").toString("latin1");
      if (this.keysOfHex.size >= MAX_KEPT_KEYS) this.keysOfHex.clear();
      this.keysOfHex.set(text, key);
    }
    return key;
  }
}

/** The same array is asked about and then added; nobody changes an address or a slot that is in use. */
class LastKey {
  private bytes: Uint8Array | undefined;
  private key: Key = "";

  of(bytes: Uint8Array): Key {
    if (bytes !== this.bytes) {
      this.key = keyOf(bytes);
      this.bytes = bytes;
    }
    return this.key;
  }
}

/** All that anyone outside may use of EthereumJS's class is there. */
export function isJournal(journal: unknown): journal is StockJournal {
  return journal instanceof LaneJournal;
}

function unprefixed(text: string): string {
  return text.startsWith("0x") ? text.slice(2) : text;
}

function hex(bytes: Uint8Array): string {
  return bytesToHex(bytes).slice(2);
}
