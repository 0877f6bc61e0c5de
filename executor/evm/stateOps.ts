import type { Account, Address } from "@ethereumjs/util";
import { InvariantError } from "../../protocol/index.ts";
import { EMPTY_CODE_HASH } from "../trie/accountRlp.ts";
import type { EarlySstoreGas } from "./forkRules.ts";
import type { Frame } from "./frame.ts";
import type { SyncState } from "./syncState.ts";
import { bytesToWord, wordToAddress, wordToBytes32, wordToShortBytes } from "./words.ts";

/**
 * The instructions that look at the state. Each answers the gas that it takes beside the table's fee, after having
 * done its work, or `NOT_DONE` when it cannot succeed, with nothing changed.
 */
export const NOT_DONE = -1;

const MAX_OFFSET = 0x7fff_ffff;

export function stateOf(frame: Frame): SyncState {
  const { state } = frame.context;
  if (state === undefined)
    throw new InvariantError("a state instruction was taken without a synchronous state");
  return state;
}

export function sload(frame: Frame, height: number, gas: number): number {
  const { rules, journal } = frame.context;
  const slot = wordToBytes32(frame.stack[height - 1] ?? 0n);
  let fee = 0;
  if (rules.berlin) {
    const warm = journal.isWarmedStorage(frame.address.bytes, slot);
    fee = warm ? rules.warmAccess : rules.coldSlot;
    if (fee > gas) return NOT_DONE;
    if (!warm) journal.addWarmedStorage(frame.address.bytes, slot);
  }
  frame.stack[height - 1] = bytesToWord(stateOf(frame).storageNow(frame.address, slot));
  return fee;
}

/** EIP-2200 with EIP-2929, or the rule from before. */
export function sstore(frame: Frame, height: number, gas: number): number {
  const { rules, journal } = frame.context;
  if (rules.earlySstore !== undefined) return earlySstore(frame, rules.earlySstore, height, gas);
  const prices = rules.sstore;
  if (prices === undefined || frame.message.isStatic || gas <= prices.sentry) return NOT_DONE;
  const state = stateOf(frame);
  const { address } = frame;
  const slot = wordToBytes32(frame.stack[height - 1] ?? 0n);
  const value = frame.stack[height - 2] ?? 0n;
  const current = bytesToWord(state.storageNow(address, slot));
  const original = bytesToWord(state.originalStorageNow(address, slot));
  const warm = !rules.berlin || journal.isWarmedStorage(address.bytes, slot);
  let { refund } = frame;
  let fee = warm ? 0 : rules.coldSlot;
  if (current === value) {
    fee += warm ? prices.noopWarm : prices.noopCold;
  } else if (original === current) {
    fee += original === 0n ? prices.init : prices.clean;
    if (original !== 0n && value === 0n) refund += prices.clearRefund;
  } else {
    fee += prices.dirty;
    if (original !== 0n) {
      if (current === 0n) refund -= prices.clearRefund;
      else if (value === 0n) refund += prices.clearRefund;
      if (refund < 0) return NOT_DONE;
    }
    if (original === value) {
      if (original === 0n) refund += warm ? prices.initRefundWarm : prices.initRefundCold;
      else refund += warm ? prices.cleanRefundWarm : prices.cleanRefundCold;
    }
  }
  if (fee > gas) return NOT_DONE;
  if (!warm) journal.addWarmedStorage(address.bytes, slot);
  frame.refund = refund;
  state.putStorageNow(address, slot, wordToShortBytes(value));
  return fee;
}

function earlySstore(frame: Frame, prices: EarlySstoreGas, height: number, gas: number): number {
  if (frame.message.isStatic) return NOT_DONE;
  const state = stateOf(frame);
  const slot = wordToBytes32(frame.stack[height - 1] ?? 0n);
  const value = frame.stack[height - 2] ?? 0n;
  const isSet = bytesToWord(state.storageNow(frame.address, slot)) !== 0n;
  const fee = value !== 0n && !isSet ? prices.set : prices.reset;
  if (fee > gas) return NOT_DONE;
  if (value === 0n && isSet) frame.refund += prices.clearRefund;
  state.putStorageNow(frame.address, slot, wordToShortBytes(value));
  return fee;
}

export function balance(frame: Frame, height: number, gas: number): number {
  const address = wordToAddress(frame.stack[height - 1] ?? 0n);
  const fee = warmAddress(frame, address, gas);
  if (fee >= 0) frame.stack[height - 1] = stateOf(frame).accountNow(address)?.balance ?? 0n;
  return fee;
}

export function externalCodeSize(frame: Frame, height: number, gas: number): number {
  const address = wordToAddress(frame.stack[height - 1] ?? 0n);
  if (accessFee(frame, address) > gas) return NOT_DONE;
  const code = stateOf(frame).codeNow(address);
  if (isEof(code)) return NOT_DONE;
  frame.stack[height - 1] = BigInt(code.length);
  return warmAddress(frame, address, gas);
}

export function codeHash(frame: Frame, height: number, gas: number): number {
  const address = wordToAddress(frame.stack[height - 1] ?? 0n);
  if (accessFee(frame, address) > gas) return NOT_DONE;
  const state = stateOf(frame);
  const account = state.accountNow(address);
  const hash = account?.codeHash ?? EMPTY_CODE_HASH;
  const hasCode = !isEmptyHash(hash);
  if (hasCode && isEof(state.codeNow(address))) return NOT_DONE;
  const dead = account === undefined || (!hasCode && account.isEmpty());
  frame.stack[height - 1] = dead ? 0n : bytesToWord(hash);
  return warmAddress(frame, address, gas);
}

export function copyExternalCode(frame: Frame, height: number, gas: number): number {
  const { stack } = frame;
  const address = wordToAddress(stack[height - 1] ?? 0n);
  const target = Number(stack[height - 2]);
  const source = Number(stack[height - 3]);
  const length = Number(stack[height - 4]);
  if (length === 0) {
    const fee = warmAddress(frame, address, gas);
    if (fee >= 0) stateOf(frame).touchNow?.(address);
    return fee;
  }
  if (target > MAX_OFFSET || length > MAX_OFFSET) return NOT_DONE;
  const copy = frame.expansionFee(target + length) + frame.context.rules.copyGas * Math.ceil(length / 32);
  if (accessFee(frame, address) > gas - copy) return NOT_DONE;
  const code = stateOf(frame).codeNow(address);
  if (isEof(code)) return NOT_DONE;
  const access = warmAddress(frame, address, gas - copy);
  frame.expand(target + length);
  const start = Math.min(source, code.length);
  const part = code.subarray(start, Math.min(start + length, code.length));
  frame.memory.bytes.set(part, target);
  frame.memory.bytes.fill(0, target + part.length, target + length);
  return access + copy;
}

/** EIP-2929's price of an address. Nothing may be read of it (EIP-7928) before there is gas for that. */
function accessFee({ context: { rules, journal } }: Frame, address: Address): number {
  return !rules.berlin || journal.isWarmedAddress(address.bytes) ? rules.warmAccess : rules.coldAccount;
}

/** EIP-2929's price of an address, which is warm then; nothing happens when `gas` is not enough. */
function warmAddress(frame: Frame, address: Address, gas: number): number {
  const { rules, journal } = frame.context;
  const warm = !rules.berlin || journal.isWarmedAddress(address.bytes);
  const fee = warm ? rules.warmAccess : rules.coldAccount;
  if (fee > gas) return NOT_DONE;
  if (!warm) journal.addWarmedAddress(address.bytes);
  return fee;
}

/** The stock instructions see such code as the two bytes of EIP-3540 under every fork. */
function isEof(code: Uint8Array): boolean {
  return code[0] === 0xef && code[1] === 0x00;
}

function isEmptyHash(hash: Uint8Array): boolean {
  return hash === EMPTY_CODE_HASH || (hash[0] === 0xc5 && Buffer.compare(hash, EMPTY_CODE_HASH) === 0);
}

/** EIP-161. */
export function isDead(account: Account | undefined): boolean {
  return account === undefined || account.isEmpty();
}
