import { createRequire } from "node:module";
import { RLP } from "@ethereumjs/rlp";
import { bigIntToBytes, EMPTY_BYTES, keccak256, stripLeadingZeros } from "../../../protocol/index.ts";
import type { Signer } from "../e2e/signTransfers.ts";

export { makeSigners, type Signer } from "../e2e/signTransfers.ts";

const secp256k1 = createRequire(import.meta.url)("secp256k1") as typeof import("secp256k1");

/** Small numbers: a thousand transfers must fit the 110,000 bytes of a Braid block. */
const TIP = 1n;
const MAX_FEE_PER_GAS = 4_000_000_000n;
const EIP1559 = 0x02;

export interface Unsigned {
  gasLimit: bigint;
  /** Left out: a creation. */
  to?: Uint8Array;
  value: bigint;
  data: Uint8Array;
}

/** The raw EIP-1559 transaction. */
export function signTransaction(chainId: number, signer: Signer, nonce: number, wish: Unsigned): Uint8Array {
  const fields = [
    bigIntToBytes(BigInt(chainId)),
    bigIntToBytes(BigInt(nonce)),
    bigIntToBytes(TIP),
    bigIntToBytes(MAX_FEE_PER_GAS),
    bigIntToBytes(wish.gasLimit),
    wish.to ?? EMPTY_BYTES,
    bigIntToBytes(wish.value),
    wish.data,
    [],
  ];
  const { signature, recid } = secp256k1.ecdsaSign(keccak256(envelope(fields)), signer.key);
  const r = stripLeadingZeros(signature.subarray(0, 32));
  const s = stripLeadingZeros(signature.subarray(32));
  return envelope([...fields, bigIntToBytes(BigInt(recid)), r, s]);
}

function envelope(fields: Parameters<typeof RLP.encode>[0][]): Uint8Array {
  return Buffer.concat([Uint8Array.of(EIP1559), RLP.encode(fields)]);
}
