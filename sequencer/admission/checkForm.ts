import {
  type ChainConfig,
  intrinsicGas,
  MAX_INITCODE_SIZE,
  MAX_TRANSACTION_GAS,
  type UnrecoveredTransaction,
} from "../../protocol/index.ts";
import { AdmissionError } from "./admissionError.ts";

/**
 * What follows from the transaction and the chain alone, without its sender; geth's `ValidateTransaction`, in its order.
 * Decoding has checked the bounds of each field, the tip against the fee cap and the authorizations.
 */
export function checkForm(tx: UnrecoveredTransaction, config: ChainConfig): void {
  checkChainId(tx, config);
  if (tx.to === undefined && tx.data.length > MAX_INITCODE_SIZE) {
    throw new AdmissionError(
      "INITCODE_TOO_LARGE",
      `max initcode size exceeded: code size ${tx.data.length}, limit ${MAX_INITCODE_SIZE}`,
    );
  }
  if (tx.gasLimit > MAX_TRANSACTION_GAS) {
    throw new AdmissionError(
      "GAS_LIMIT_TOO_HIGH",
      `transaction gas limit too high (cap: ${MAX_TRANSACTION_GAS}, tx: ${tx.gasLimit})`,
    );
  }
  if (tx.gasLimit > config.gasLimit) throw new AdmissionError("EXCEEDS_BLOCK_GAS", "exceeds block gas limit");
  checkFees(tx, config);
  checkIntrinsicGas(tx);
}

function checkChainId(tx: UnrecoveredTransaction, config: ChainConfig): void {
  if (tx.chainId === undefined) {
    throw new AdmissionError("UNPROTECTED", "only replay-protected (EIP-155) transactions allowed over RPC");
  }
  if (tx.chainId !== BigInt(config.chainId)) {
    throw new AdmissionError(
      "WRONG_CHAIN",
      `invalid sender: invalid chain id for signer: have ${tx.chainId} want ${config.chainId}`,
    );
  }
}

function checkFees(tx: UnrecoveredTransaction, config: ChainConfig): void {
  if (tx.maxFeePerGas < config.baseFeeFloor) {
    throw new AdmissionError(
      "UNDERPRICED",
      `transaction underpriced: gas fee cap ${tx.maxFeePerGas}, minimum needed ${config.baseFeeFloor}`,
      "Ask eth_gasPrice for a price that is taken.",
    );
  }
}

function checkIntrinsicGas(tx: UnrecoveredTransaction): void {
  const { intrinsic, floor } = intrinsicGas(tx);
  if (tx.gasLimit < intrinsic) {
    throw new AdmissionError(
      "INTRINSIC_GAS",
      `intrinsic gas too low: gas ${tx.gasLimit}, minimum needed ${intrinsic}`,
    );
  }
  if (tx.gasLimit < floor) {
    throw new AdmissionError(
      "FLOOR_DATA_GAS",
      `insufficient gas for floor data gas cost: gas ${tx.gasLimit}, minimum needed ${floor}`,
    );
  }
}
