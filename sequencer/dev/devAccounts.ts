import { mnemonicToAccount } from "viem/accounts";
import { DEVELOPMENT_ADDRESSES, DEVELOPMENT_MNEMONIC } from "../../protocol/index.ts";
import type { DevAccess } from "./devAccess.ts";

/** The accounts that a development genesis funds. */
export function devAccounts(): DevAccess["accounts"] {
  const accounts = DEVELOPMENT_ADDRESSES.map((_, addressIndex) =>
    mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex }),
  );
  return new Map(accounts.map((account) => [account.address.toLowerCase(), account]));
}
