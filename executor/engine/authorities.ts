import { RLP } from "@ethereumjs/rlp";
import {
  bigIntToBytes,
  keccak256,
  padTo32,
  recoverPublicKey,
  type Transaction,
} from "../../protocol/index.ts";

const AUTHORIZATION_MAGIC = 0x05;

/**
 * Accounts that the transaction's EIP-7702 authorizations speak for, 20 bytes each. For planning only: a tuple that
 * does not recover is left out, and execution does its own checks.
 */
export function authorities(transaction: Pick<Transaction, "authorizationList">): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const { chainId, address, nonce, yParity, r, s } of transaction.authorizationList) {
    if (yParity > 1) continue;
    const fields = RLP.encode([bigIntToBytes(chainId), address, bigIntToBytes(nonce)]);
    const message = new Uint8Array(fields.length + 1);
    message[0] = AUTHORIZATION_MAGIC;
    message.set(fields, 1);
    const signature = new Uint8Array(64);
    signature.set(padTo32(bigIntToBytes(r)));
    signature.set(padTo32(bigIntToBytes(s)), 32);
    const key = recover(keccak256(message), signature, yParity);
    if (key !== undefined) found.push(keccak256(key).slice(12));
  }
  return found;
}

function recover(hash: Uint8Array, signature: Uint8Array, yParity: number): Uint8Array | undefined {
  try {
    return recoverPublicKey(hash, signature, yParity);
  } catch {
    return undefined;
  }
}
