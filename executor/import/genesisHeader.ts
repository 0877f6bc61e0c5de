import { type BlockHeader, createBlockHeader } from "@ethereumjs/block";
import type { Common } from "@ethereumjs/common";
import type { EthereumGenesis } from "./ethereumGenesis.ts";

const INITIAL_BASE_FEE = 1_000_000_000n;
const NONCE_DIGITS = 16;

/** Block 0, with the fields that its fork gives it; those that the genesis file leaves out as geth fills them in. */
export function genesisHeader(genesis: EthereumGenesis, stateRoot: Uint8Array, common: Common): BlockHeader {
  const { header } = genesis;
  const rules = common.copy();
  rules.setHardforkBy({ blockNumber: 0n, timestamp: BigInt(header.timestamp) });
  const { baseFeePerGas = INITIAL_BASE_FEE, excessBlobGas = 0n, blobGasUsed = 0n } = header;
  return createBlockHeader(
    {
      number: 0n,
      stateRoot,
      nonce: `0x${header.nonce.slice(2).padStart(NONCE_DIGITS, "0")}`,
      timestamp: header.timestamp,
      extraData: header.extraData,
      gasLimit: header.gasLimit,
      difficulty: header.difficulty,
      mixHash: header.mixHash,
      coinbase: header.coinbase,
      ...(rules.isActivatedEIP(1559) ? { baseFeePerGas } : {}),
      ...(rules.isActivatedEIP(4844) ? { excessBlobGas, blobGasUsed } : {}),
    },
    { common: rules, skipConsensusFormatValidation: true },
  );
}
