import type { UnrecoveredTransaction } from "../../protocol/index.ts";
import { AdmissionError } from "./admissionError.ts";

const ETHER = 10n ** 18n;

/** Saves whoever mistyped a price. `feeCap`: wei; 0n is no bound. */
export function checkFeeCap(tx: UnrecoveredTransaction, feeCap: bigint): void {
  if (feeCap === 0n) return;
  const fee = tx.gasLimit * tx.maxFeePerGas;
  if (fee <= feeCap) return;
  throw new AdmissionError(
    "FEE_CAP",
    `tx fee (${inEther(fee)} ether) exceeds the configured cap (${inEther(feeCap)} ether)`,
    "Lower the gas limit or the fee cap, or raise BRAID_RPC_TX_FEE_CAP.",
  );
}

/** Rounded to two places. */
function inEther(wei: bigint): string {
  const hundredths = (wei * 100n + ETHER / 2n) / ETHER;
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, "0")}`;
}
