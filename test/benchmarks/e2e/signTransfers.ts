import { createRequire } from "node:module";
import { RLP } from "@ethereumjs/rlp";
import { bigIntToBytes, bytesToHex, type Hex, keccak256 } from "../../../protocol/index.ts";

const secp256k1 = createRequire(import.meta.url)("secp256k1") as typeof import("secp256k1");

export const TRANSFER_GAS = 21_000n;
export const MAX_FEE_PER_GAS = 50_000_000_000n;
const TIP = 1_000_000n;
const EIP1559 = 0x02;

export interface Signer {
  key: Uint8Array;
  address: Uint8Array;
}

export interface SignedTransfer {
  hash: Hex;
  raw: Hex;
}

export function signerOf(key: Uint8Array): Signer {
  const publicKey = secp256k1.publicKeyCreate(key, false).subarray(1);
  return { key, address: keccak256(publicKey).slice(12) };
}

/** `count` accounts that anyone can make again from the name. */
export function makeSigners(name: string, count: number): Signer[] {
  return Array.from({ length: count }, (_, index) => signerOf(keccak256(Buffer.from(`${name} ${index}`))));
}

/** A signed EIP-1559 transfer. */
export function signTransfer(
  chainId: number,
  signer: Signer,
  nonce: number,
  to: Uint8Array,
  value: bigint,
): SignedTransfer {
  const fields = [
    bigIntToBytes(BigInt(chainId)),
    bigIntToBytes(BigInt(nonce)),
    bigIntToBytes(TIP),
    bigIntToBytes(MAX_FEE_PER_GAS),
    bigIntToBytes(TRANSFER_GAS),
    to,
    bigIntToBytes(value),
    new Uint8Array(0),
    [],
  ];
  const { signature, recid } = secp256k1.ecdsaSign(keccak256(envelope(fields)), signer.key);
  const r = unpadded(signature.subarray(0, 32));
  const s = unpadded(signature.subarray(32));
  const raw = envelope([...fields, bigIntToBytes(BigInt(recid)), r, s]);
  return { hash: bytesToHex(keccak256(raw)), raw: bytesToHex(raw) };
}

type RlpFields = (Uint8Array | never[])[];

function envelope(fields: RlpFields): Uint8Array {
  const payload = RLP.encode(fields);
  const bytes = new Uint8Array(payload.length + 1);
  bytes[0] = EIP1559;
  bytes.set(payload, 1);
  return bytes;
}

function unpadded(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(start < 0 ? bytes.length : start);
}
