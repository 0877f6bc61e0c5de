import { RLP } from "@ethereumjs/rlp";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bigIntToBytes, keccak256 } from "../../protocol/index.ts";

/** An EIP-1559 transaction to an address, without access list. Amounts in wei. */
export interface L1Transaction {
  chainId: number;
  nonce: number;
  maxPriorityFeePerGas: bigint;
  maxFeePerGas: bigint;
  gasLimit: bigint;
  /** 20 bytes. */
  to: Uint8Array;
  data: Uint8Array;
}

const TYPE = Uint8Array.of(2);

/** The signed envelope (EIP-2718, EIP-1559), made from bytes: batches are too large for hex text on the way. */
export function signTransaction(transaction: L1Transaction, key: Uint8Array): Uint8Array {
  const fields = [
    bigIntToBytes(BigInt(transaction.chainId)),
    bigIntToBytes(BigInt(transaction.nonce)),
    bigIntToBytes(transaction.maxPriorityFeePerGas),
    bigIntToBytes(transaction.maxFeePerGas),
    bigIntToBytes(transaction.gasLimit),
    transaction.to,
    bigIntToBytes(0n),
    transaction.data,
    [],
  ];
  const hash = keccak256(envelope(fields));
  const signature = secp256k1.sign(hash, key, { prehash: false, format: "recovered" });
  const { r, s, recovery } = secp256k1.Signature.fromBytes(signature, "recovered");
  const parity = bigIntToBytes(BigInt(recovery ?? 0));
  return envelope([...fields, parity, bigIntToBytes(r), bigIntToBytes(s)]);
}

function envelope(fields: Parameters<typeof RLP.encode>[0]): Uint8Array {
  return Buffer.concat([TYPE, RLP.encode(fields)]);
}
