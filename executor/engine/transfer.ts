import { effectiveTip, intrinsicGas } from "../../protocol/index.ts";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from "../trie/accountRlp.ts";
import { type AccountRead, type AccountWrite, hasCode, isDead } from "./access.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import { keyOf } from "./keys.ts";
import { EMPTY_BLOOM, type Outcome } from "./outcome.ts";
import type { StateOverlay } from "./stateOverlay.ts";
import { invalidity } from "./validity.ts";
import type { LaneTransaction } from "./vmTransaction.ts";

const MAX_BALANCE = 2n ** 256n - 1n;

/** Ethereum's and Osaka's precompiles all lie below 2^16; nothing else that matters does. */
function isLowAddress(address: Uint8Array): boolean {
  for (let i = 0; i < 18; i++) if (address[i] !== 0) return false;
  return true;
}

/**
 * A transaction that moves value between two plain accounts runs no code: what `runTx` would do with it is arithmetic
 * on two accounts, and that is done here. Undefined when it is anything else (code on either side, a precompile, a
 * creation, authorizations, the fee recipient, a transfer to oneself): then the VM runs it.
 */
export function runTransfer(
  transaction: LaneTransaction,
  overlay: StateOverlay,
  environment: BlockEnvironment,
  chainId: number,
): Outcome | undefined {
  const { to } = transaction;
  if (to === undefined || transaction.type === 4 || isLowAddress(to)) return undefined;
  const senderKey = keyOf(transaction.sender);
  const toKey = keyOf(to);
  const feeKey = keyOf(environment.coinbase);
  if (senderKey === toKey || senderKey === feeKey || toKey === feeKey) return undefined;
  const sender = overlay.account(senderKey);
  const recipient = overlay.account(toKey);
  if (sender === undefined || hasCode(sender)) return undefined;
  if (
    recipient !== undefined &&
    (hasCode(recipient) || recipient.balance + transaction.value > MAX_BALANCE)
  ) {
    return undefined;
  }
  const senderRead: AccountRead = {
    key: senderKey,
    record: sender,
    fromBase: !overlay.isAccountChanged(senderKey),
  };
  const gas = intrinsicGas(transaction);
  const invalid = invalidity(transaction, sender, () => new Uint8Array(0), environment, gas, chainId);
  if (invalid !== undefined) {
    return { kind: "invalid", ...invalid, reads: { accounts: [senderRead], slots: [] } };
  }
  const gasUsed = gas.intrinsic > gas.floor ? gas.intrinsic : gas.floor;
  const tip = effectiveTip(transaction, environment.baseFeePerGas);
  const spent = gasUsed * (environment.baseFeePerGas + tip) + transaction.value;
  const credited = {
    nonce: recipient?.nonce ?? 0n,
    balance: (recipient?.balance ?? 0n) + transaction.value,
    codeHash: EMPTY_CODE_HASH,
    storageRoot: recipient?.storageRoot ?? EMPTY_TRIE_ROOT,
  };
  const accounts: AccountWrite[] = [
    {
      key: senderKey,
      record: { ...sender, nonce: sender.nonce + 1n, balance: sender.balance - spent },
      storageCleared: false,
      slots: [],
    },
  ];
  if (!isDead(credited)) {
    if (transaction.value > 0n) {
      accounts.push({ key: toKey, record: credited, storageCleared: false, slots: [] });
    }
  } else if (recipient !== undefined) {
    accounts.push({ key: toKey, record: undefined, storageCleared: true, slots: [] });
  }
  return {
    kind: "done",
    status: 1,
    gasUsed,
    logsBloom: EMPTY_BLOOM,
    logs: [],
    contractAddress: undefined,
    fee: gasUsed * tip,
    reads: {
      accounts: [senderRead, { key: toKey, record: recipient, fromBase: !overlay.isAccountChanged(toKey) }],
      slots: [],
    },
    writes: { accounts, codes: [] },
  };
}
