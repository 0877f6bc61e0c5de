/**
 * EIP-1559 and EIP-4844 transactions as bytes: batches are too large for hex text on the way. A blob transaction travels
 * with its sidecar, and is hashed and signed without.
 */
import { RLP } from "@ethereumjs/rlp";
import { bigIntToBytes, keccak256 } from "../../protocol/index.ts";
import type { BlobSidecar, UnsignedTransaction } from "./types.ts";

type Field = Uint8Array | Field[];

const DYNAMIC_FEE = Uint8Array.of(2);
const BLOB = Uint8Array.of(3);

export interface SignedTransaction {
  /** 32 bytes. */
  hash: Uint8Array;
  /** As nodes take it. */
  raw: Uint8Array;
}

/** What a signer signs. */
export function signingHash(transaction: UnsignedTransaction): Uint8Array {
  return keccak256(envelope(typeByte(transaction), fieldsOf(transaction)));
}

/** `signature`: r ‖ s ‖ parity. */
export function signedTransaction(
  transaction: UnsignedTransaction,
  signature: Uint8Array,
  sidecar: BlobSidecar | undefined,
): SignedTransaction {
  const type = typeByte(transaction);
  const fields = [
    ...fieldsOf(transaction),
    integer(BigInt(signature[64] ?? 0)),
    stripped(signature.subarray(0, 32)),
    stripped(signature.subarray(32, 64)),
  ];
  const bare = envelope(type, fields);
  const raw = sidecar === undefined ? bare : envelope(type, withSidecar(fields, sidecar));
  return { hash: keccak256(bare), raw };
}

function withSidecar(fields: Field[], { blobs, commitments, proofs, version }: BlobSidecar): Field[] {
  return version === 0
    ? [fields, blobs, commitments, proofs]
    : [fields, integer(BigInt(version)), blobs, commitments, proofs];
}

function fieldsOf({
  chainId,
  nonce,
  fees,
  gasLimit,
  to,
  calldata,
  versionedHashes,
}: UnsignedTransaction): Field[] {
  const fields: Field[] = [
    integer(BigInt(chainId)),
    integer(BigInt(nonce)),
    integer(fees.maxPriorityFeePerGas),
    integer(fees.maxFeePerGas),
    integer(gasLimit),
    to,
    integer(0n),
    calldata,
    [],
  ];
  return versionedHashes === undefined
    ? fields
    : [...fields, integer(fees.maxFeePerBlobGas), versionedHashes];
}

function typeByte({ versionedHashes }: UnsignedTransaction): Uint8Array {
  return versionedHashes === undefined ? DYNAMIC_FEE : BLOB;
}

function envelope(type: Uint8Array, fields: Field[]): Uint8Array {
  return Buffer.concat([type, RLP.encode(fields)]);
}

function integer(value: bigint): Uint8Array {
  return bigIntToBytes(value);
}

function stripped(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start === -1 ? new Uint8Array(0) : bytes.subarray(start);
}
