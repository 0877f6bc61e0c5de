import type { ProofResult } from "../../../executor/index.ts";
import { bytesToBigInt, bytesToHex } from "../../../protocol/index.ts";
import { quantity } from "../format/quantity.ts";

const NO_HASH = bytesToHex(new Uint8Array(32));

/**
 * EIP-1186 as geth answers it: keys of 32 bytes go back as they came, others as quantities. An account that does not
 * exist is proven absent; its hashes are zero.
 */
export function formatProof(
  address: Uint8Array,
  { account, nodes, storage }: ProofResult,
  keys: readonly { given: string }[],
) {
  return {
    address: bytesToHex(address),
    accountProof: nodes.map(bytesToHex),
    balance: quantity(account?.balance ?? 0n),
    codeHash: account === undefined ? NO_HASH : bytesToHex(account.codeHash),
    nonce: quantity(account?.nonce ?? 0n),
    storageHash: account === undefined ? NO_HASH : bytesToHex(account.storageRoot),
    storageProof: storage.map((proof, i) => ({
      key: keys[i]?.given ?? "",
      value: quantity(bytesToBigInt(proof.value)),
      proof: proof.nodes.map(bytesToHex),
    })),
  };
}
