import { RLP } from "@ethereumjs/rlp";
import { bigIntToBytes } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";

/** Address of the contract that `sender` creates by a transaction or CREATE at `nonce`. 20 bytes. */
export function contractAddress(sender: Uint8Array, nonce: bigint): Uint8Array {
  return keccak256(RLP.encode([sender, bigIntToBytes(nonce)])).slice(12);
}
