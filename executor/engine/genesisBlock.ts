import { type Genesis, type StateDiff, stripLeadingZeros } from "../../protocol/index.ts";
import { compareKeys, keyOf } from "./keys.ts";
import type { SealInput } from "./seal.ts";

const ZERO_HASH = new Uint8Array(32);

/** Block 0: no parent, no transactions, no system calls; its state is the genesis accounts. */
export function genesisBlock(genesis: Genesis): SealInput {
  const { config, timestamp, extraData } = genesis;
  return {
    environment: {
      number: 0,
      parentHash: ZERO_HASH,
      timestamp,
      baseFeePerGas: config.baseFeeFloor,
      gasLimit: config.gasLimit,
      coinbase: config.feeRecipient,
      prevRandao: ZERO_HASH,
      extraData,
      parentBeaconBlockRoot: ZERO_HASH,
    },
    transactions: [],
    receipts: [],
    gasUsed: 0n,
    stateDiff: genesisDiff(genesis),
  };
}

function genesisDiff({ accounts }: Genesis): StateDiff {
  const codes = new Map<string, StateDiff["codes"][number]>();
  for (const { code, codeHash } of accounts) {
    if (code.length > 0) codes.set(keyOf(codeHash), { hash: codeHash, code });
  }
  const sorted = accounts
    .map((account) => ({ key: keyOf(account.address), account }))
    .sort((a, b) => compareKeys(a.key, b.key));
  return {
    accounts: sorted.map(({ account: { address, nonce, balance, codeHash, storage } }) => ({
      address,
      account: { nonce, balance, codeHash },
      storageCleared: false,
      storage: storage
        .map(({ slot, value }) => ({ slot, value: stripLeadingZeros(value) }))
        .filter(({ value }) => value.length > 0)
        .sort((a, b) => compareKeys(keyOf(a.slot), keyOf(b.slot))),
    })),
    codes: [...codes.keys()].sort(compareKeys).flatMap((key) => codes.get(key) ?? []),
  };
}
