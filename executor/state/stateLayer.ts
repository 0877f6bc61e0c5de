import { EMPTY_BYTES, InvariantError } from "../../protocol/index.ts";
import { ByteReader, ByteWriter } from "../engine/byteStream.ts";
import { type Key, keyOf } from "../engine/keys.ts";
import type { StateHead } from "../types.ts";
import type { StateStoreCommit } from "./stateStore.ts";
import type { AccountRecord, StateReader } from "./types.ts";

export interface LayerAccount {
  /** Undefined: the block left no account there. */
  record: AccountRecord | undefined;
  /** What the parent's state holds of its storage is gone. */
  storageCleared: boolean;
  slots: ReadonlyMap<Key, Uint8Array>;
}

/** What one block changed, to be read over its parent's state: the block's state before it is in the store. */
export class StateLayer {
  readonly head: StateHead;
  readonly parentHash: Uint8Array;
  private readonly accounts: ReadonlyMap<Key, LayerAccount>;
  private readonly codes: ReadonlyMap<Key, Uint8Array>;
  private encoded: Uint8Array | undefined;

  constructor(
    head: StateHead,
    parentHash: Uint8Array,
    accounts: ReadonlyMap<Key, LayerAccount>,
    codes: ReadonlyMap<Key, Uint8Array>,
  ) {
    this.head = head;
    this.parentHash = parentHash;
    this.accounts = accounts;
    this.codes = codes;
  }

  static of({ block: { header, hash }, stateDiff, storageRoots }: StateStoreCommit): StateLayer {
    const accounts = new Map<Key, LayerAccount>();
    for (const { address, account, storageCleared, storage } of stateDiff.accounts) {
      const storageRoot = storageRoots.get(`0x${Buffer.from(address).toString("hex")}`);
      if (account !== undefined && storageRoot === undefined)
        throw new InvariantError("a changed account has no storage root");
      accounts.set(keyOf(address), {
        record: account && storageRoot ? { ...account, storageRoot } : undefined,
        storageCleared: storageCleared || account === undefined,
        slots: new Map(storage.map(({ slot, value }) => [keyOf(slot), value])),
      });
    }
    const codes = new Map(stateDiff.codes.map(({ hash: codeHash, code }) => [keyOf(codeHash), code]));
    const head = { number: header.number, hash, stateRoot: header.stateRoot };
    return new StateLayer(head, header.parentHash, accounts, codes);
  }

  account(key: Key): LayerAccount | undefined {
    return this.accounts.get(key);
  }

  code(hashKey: Key): Uint8Array | undefined {
    return this.codes.get(hashKey);
  }

  /** For another thread; see {@link StateLayer.decode}. Made once. */
  encode(): Uint8Array {
    this.encoded ??= this.pack();
    return this.encoded;
  }

  private pack(): Uint8Array {
    const out = new ByteWriter();
    out.uint(this.head.number);
    out.blob(this.head.hash);
    out.blob(this.head.stateRoot);
    out.blob(this.parentHash);
    out.list([...this.accounts], ([key, { record, storageCleared, slots }]) => {
      out.latin1(key);
      out.uint((record === undefined ? 0 : 1) + (storageCleared ? 2 : 0));
      if (record !== undefined) writeRecord(out, record);
      out.list([...slots], ([slot, value]) => {
        out.latin1(slot);
        out.blob(value);
      });
    });
    out.list([...this.codes], ([hash, code]) => {
      out.latin1(hash);
      out.blob(code);
    });
    return out.finish();
  }

  static decode(bytes: Uint8Array): StateLayer {
    const from = new ByteReader(bytes);
    const head = { number: from.uint(), hash: from.blob(), stateRoot: from.blob() };
    const parentHash = from.blob();
    const accounts = from.list((): [Key, LayerAccount] => [from.latin1(), readAccount(from)]);
    const codes = from.list((): [Key, Uint8Array] => [from.latin1(), from.blob()]);
    return new StateLayer(head, parentHash, new Map(accounts), new Map(codes));
  }
}

/**
 * The state of the last of these blocks, which follow one another. `base`: the state that the first goes onto; one that
 * has the first of them already does as well.
 */
export function stateOver(layers: readonly StateLayer[], base: StateReader): StateReader {
  if (layers.length === 0) return base;
  const newestFirst = [...layers].reverse();
  return {
    account(address) {
      const key = keyOf(address);
      for (const layer of newestFirst) {
        const changed = layer.account(key);
        if (changed !== undefined) return changed.record;
      }
      return base.account(address);
    },
    storage(address, slot) {
      const key = keyOf(address);
      let slotKey: Key | undefined;
      for (const layer of newestFirst) {
        const changed = layer.account(key);
        if (changed === undefined) continue;
        slotKey ??= keyOf(slot);
        const value = changed.slots.get(slotKey);
        if (value !== undefined) return value;
        if (changed.storageCleared) return EMPTY_BYTES;
      }
      return base.storage(address, slot);
    },
    code(codeHash) {
      const key = keyOf(codeHash);
      for (const layer of newestFirst) {
        const code = layer.code(key);
        if (code !== undefined) return code;
      }
      return base.code(codeHash);
    },
  };
}

function writeRecord(out: ByteWriter, { nonce, balance, codeHash, storageRoot }: AccountRecord): void {
  out.bigint(nonce);
  out.bigint(balance);
  out.blob(codeHash);
  out.blob(storageRoot);
}

function readAccount(from: ByteReader): LayerAccount {
  const flags = from.uint();
  const record =
    (flags & 1) === 0
      ? undefined
      : { nonce: from.bigint(), balance: from.bigint(), codeHash: from.blob(), storageRoot: from.blob() };
  const slots = from.list((): [Key, Uint8Array] => [from.latin1(), from.blob()]);
  return { record, storageCleared: (flags & 2) !== 0, slots: new Map(slots) };
}
