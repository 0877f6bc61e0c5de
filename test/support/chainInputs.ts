import type { StateHead } from "../../executor/index.ts";
import {
  type BlockInput,
  EMPTY_BYTES,
  type Genesis,
  keccak256,
  type Transaction,
} from "../../protocol/index.ts";
import { CHAIN_ID, genesisAccounts } from "./randomBlocks.ts";

export const FEE_RECIPIENT = keccak256(Uint8Array.of(42)).slice(12);

export function testGenesis(): Genesis {
  return {
    config: {
      chainId: CHAIN_ID,
      gasLimit: 120_000_000n,
      baseFeeFloor: 10n,
      baseFeeElasticity: 2n,
      baseFeeChangeDenominator: 8n,
      feeRecipient: FEE_RECIPIENT,
    },
    timestamp: 1_700_000_000,
    extraData: EMPTY_BYTES,
    accounts: genesisAccounts(),
  };
}

/** The next block on a head. */
export function nextBlock(head: StateHead, transactions: Transaction[]): BlockInput {
  return {
    number: head.number + 1,
    parentHash: head.hash,
    timestamp: 1_700_000_000 + head.number,
    baseFeePerGas: 10n,
    gasLimit: 120_000_000n,
    coinbase: FEE_RECIPIENT,
    prevRandao: keccak256(Uint8Array.of(2)),
    extraData: EMPTY_BYTES,
    parentBeaconBlockRoot: keccak256(Uint8Array.of(3)),
    transactions,
  };
}
