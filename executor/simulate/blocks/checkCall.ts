import type { AccountRecord } from "../../state/types.ts";
import { blobCost, enterMessage, MessageRefusedError, type Prices } from "../checkMessage.ts";
import { checksumAddress } from "../checksumAddress.ts";
import type { Message } from "../message.ts";
import type { BlockRules } from "./blockRules.ts";
import { refusedCall } from "./simulateErrors.ts";

const MAX_NONCE = 2n ** 64n - 1n;

/** Throws what keeps the call from beginning: geth's words and code. Without validation nonces are free. */
export function checkCall(
  message: Message,
  nonce: bigint,
  sender: Pick<AccountRecord, "nonce" | "balance">,
  prices: Prices,
  rules: BlockRules,
): void {
  try {
    if (prices.strict === true) checkNonce(message, nonce, sender.nonce);
    enterMessage(message, sender.balance, prices, rules.fork);
    checkBlobFunds(message, sender.balance, prices);
  } catch (error) {
    if (error instanceof MessageRefusedError) throw refusedCall(error, message.gas);
    throw error;
  }
}

/** Blobs are paid for at the block's price, also where the call names none: what it offers does not bound it then. */
function checkBlobFunds(message: Message, balance: bigint, { blobBaseFee }: Prices): void {
  const left = balance - message.gas * message.gasPrice - blobCost(message, blobBaseFee);
  if (left >= message.value) return;
  const what = left < 0n ? "gas * price + value" : "transfer";
  throw new MessageRefusedError(
    "INSUFFICIENT_FUNDS",
    `insufficient funds for ${what}: address ${checksumAddress(message.from)}`,
  );
}

function checkNonce({ from }: Message, nonce: bigint, current: bigint): void {
  const address = checksumAddress(from);
  if (current < nonce) {
    throw new MessageRefusedError(
      "NONCE_TOO_HIGH",
      `nonce too high: address ${address}, tx: ${nonce} state: ${current}`,
    );
  }
  if (current > nonce) {
    throw new MessageRefusedError(
      "NONCE_TOO_LOW",
      `nonce too low: address ${address}, tx: ${nonce} state: ${current}`,
    );
  }
  if (current >= MAX_NONCE) {
    throw new MessageRefusedError("NONCE_MAX", `nonce has max value: address ${address}, nonce: ${current}`);
  }
}
