import { effectiveTip } from "../../protocol/index.ts";
import type { AccountRecord } from "../state/types.ts";
import {
  type AccountRead,
  type AccountWrite,
  ALL_FIELDS,
  CODE,
  COMMUTING_LIMIT,
  EXISTENCE,
  hasCode,
  isDead,
  NONCE,
} from "./access.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import { type Key, keyOf } from "./keys.ts";
import { EMPTY_BLOOM, type Outcome } from "./outcome.ts";
import { deletion } from "./recordingState.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import type { TransactionRules } from "./transactionRules.ts";
import { invalidity, upFrontCost } from "./validity.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

const NO_CODE = new Uint8Array(0);

/** Ethereum's and Osaka's precompiles all lie below 2^16; nothing else that matters does. */
function isLowAddress(address: Uint8Array): boolean {
  for (let i = 0; i < 18; i++) if (address[i] !== 0) return false;
  return true;
}

/**
 * A transaction that moves value between two plain accounts runs no code: what `runTx` would do with it is arithmetic
 * on two accounts, and that is done here. Undefined when it is anything else (code on either side, a precompile, a
 * creation, authorizations, blobs): then the VM runs it.
 *
 * Of the recipient only the code matters, and whether it exists when it is sent nothing; of the sender the nonce, the
 * code and whether it can pay. The tip is left to whoever takes the outcome, also when one of the two is paid it.
 */
export function runTransfer(
  transaction: LaneTransaction,
  overlay: StateOverlay,
  environment: BlockEnvironment,
  rules: TransactionRules,
): Outcome | undefined {
  const { to, type, value } = transaction;
  if (to === undefined || type > 2 || isLowAddress(to) || !rules.allows(type)) return undefined;
  const senderKey = keyOf(transaction.sender);
  const toKey = keyOf(to);
  const sender = overlay.account(senderKey);
  const recipient = overlay.account(toKey);
  if (sender === undefined || hasCode(sender) || sender.balance > COMMUTING_LIMIT) return undefined;
  if (recipient !== undefined && (hasCode(recipient) || recipient.balance > COMMUTING_LIMIT))
    return undefined;
  const senderRead = readOf(senderKey, overlay, NONCE | CODE);
  const gas = rules.intrinsicGas(transaction);
  const invalid = invalidity(transaction, sender, () => NO_CODE, environment, gas, rules);
  if (invalid !== undefined) {
    senderRead.fields = ALL_FIELDS;
    return { kind: "invalid", ...invalid, reads: { accounts: [senderRead], slots: [] } };
  }
  senderRead.minBalance = upFrontCost(transaction);
  const gasUsed = gas.intrinsic > gas.floor ? gas.intrinsic : gas.floor;
  const tip = effectiveTip(transaction, environment.baseFeePerGas);
  const paid = gasUsed * (environment.baseFeePerGas + tip);
  const toSelf = senderKey === toKey;
  const accounts: AccountWrite[] = [
    {
      key: senderKey,
      deleted: false,
      nonce: sender.nonce + 1n,
      codeHash: undefined,
      balanceDelta: -paid - (toSelf ? 0n : value),
      storageCleared: false,
      slots: [],
    },
  ];
  const reads = [senderRead];
  if (!toSelf) {
    reads.push(readOf(toKey, overlay, value === 0n ? CODE | EXISTENCE : CODE));
    const received = receive(toKey, recipient, value);
    if (received !== undefined) accounts.push(received);
  }
  return {
    kind: "done",
    status: 1,
    gasUsed,
    logsBloom: EMPTY_BLOOM,
    logs: [],
    contractAddress: undefined,
    fee: gasUsed * tip,
    reads: { accounts: reads, slots: [] },
    writes: { accounts, codes: [] },
  };
}

function readOf(key: Key, overlay: StateOverlay, fields: number): AccountRead {
  return {
    key,
    record: overlay.account(key),
    fromBase: !overlay.isAccountChanged(key),
    omitted: false,
    fields,
    minBalance: 0n,
    maxBalance: undefined,
  };
}

/** EIP-161: who is touched and dead is removed. */
function receive(key: Key, recipient: AccountRecord | undefined, value: bigint): AccountWrite | undefined {
  if (value === 0n) return recipient !== undefined && isDead(recipient) ? deletion(key, 0n) : undefined;
  return {
    key,
    deleted: false,
    nonce: undefined,
    codeHash: undefined,
    balanceDelta: value,
    storageCleared: false,
    slots: [],
  };
}
