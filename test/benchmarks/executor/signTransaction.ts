import { createRequire } from "node:module";
import { RLP } from "@ethereumjs/rlp";
import { bigIntToBytes, EMPTY_BYTES, keccak256, stripLeadingZeros } from "../../../protocol/index.ts";
import type { Wish } from "./types.ts";

const secp256k1 = createRequire(import.meta.url)("secp256k1") as typeof import("secp256k1");

const TIP = 1_000_000n;
const MAX_FEE_PER_GAS = 50_000_000_000n;
const EIP1559 = 0x02;

export interface Signer {
  key: Uint8Array;
  /** 20 bytes. */
  address: Uint8Array;
}

/** `count` accounts that anyone can make again from the name. */
export function makeSigners(name: string, count: number): Signer[] {
  return Array.from({ length: count }, (_, index) => {
    const key = keccak256(Buffer.from(`${name} ${index}`));
    return { key, address: keccak256(secp256k1.publicKeyCreate(key, false).subarray(1)).slice(12) };
  });
}

/** The raw EIP-1559 transaction. */
export function signTransaction(chainId: number, signer: Signer, nonce: number, wish: Wish): Uint8Array {
  const fields = [
    bigIntToBytes(BigInt(chainId)),
    bigIntToBytes(BigInt(nonce)),
    bigIntToBytes(TIP),
    bigIntToBytes(MAX_FEE_PER_GAS),
    bigIntToBytes(wish.gasLimit),
    wish.to ?? EMPTY_BYTES,
    bigIntToBytes(wish.value),
    wish.data,
    wish.accessList.map(({ address, storageKeys }) => [address, storageKeys]),
  ];
  const { signature, recid } = secp256k1.ecdsaSign(keccak256(envelope(fields)), signer.key);
  const r = stripLeadingZeros(signature.subarray(0, 32));
  const s = stripLeadingZeros(signature.subarray(32));
  return envelope([...fields, bigIntToBytes(BigInt(recid)), r, s]);
}

type RlpFields = Parameters<typeof RLP.encode>[0][];

function envelope(fields: RlpFields): Uint8Array {
  const payload = RLP.encode(fields);
  const bytes = new Uint8Array(payload.length + 1);
  bytes[0] = EIP1559;
  bytes.set(payload, 1);
  return bytes;
}
