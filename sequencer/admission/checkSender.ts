import type { AccountRecord, StateReader } from "../../executor/index.ts";
import { bytesToHex, type Transaction } from "../../protocol/index.ts";
import { AdmissionError } from "./admissionError.ts";

/** EIP-7702: 0xef0100 and the delegate's address. */
const DELEGATION_LENGTH = 23;

/** What depends on the sender's account at `latest`: it has the money, the nonce is not used, it is no contract. */
export function checkSender(tx: Transaction, account: AccountRecord | undefined, state: StateReader): void {
  const nonce = account?.nonce ?? 0n;
  if (tx.nonce < nonce) {
    throw new AdmissionError("NONCE_TOO_LOW", `nonce too low: next nonce ${nonce}, tx nonce ${tx.nonce}`);
  }
  const balance = account?.balance ?? 0n;
  const cost = tx.gasLimit * tx.maxFeePerGas + tx.value;
  if (balance < cost) {
    throw new AdmissionError(
      "INSUFFICIENT_FUNDS",
      `insufficient funds for gas * price + value: balance ${balance}, tx cost ${cost}, overshot ${cost - balance}`,
    );
  }
  if (account === undefined) return;
  const code = state.code(account.codeHash);
  if (code.length > 0 && !isDelegation(code)) {
    throw new AdmissionError(
      "SENDER_NOT_EOA",
      `sender not an eoa: address ${bytesToHex(tx.sender)}, len(code): ${code.length}`,
    );
  }
}

function isDelegation(code: Uint8Array): boolean {
  return code.length === DELEGATION_LENGTH && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00;
}
