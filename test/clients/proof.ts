import { verifyMerkleProof } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { type Hex, hexToBytes, pad, toHex } from "viem";
import { keccak256 } from "../../protocol/index.ts";

/** `eth_getProof`'s answer (EIP-1186), its numbers as a client library hands them out. */
export interface AccountProof {
  address: Hex;
  balance: bigint;
  nonce: number;
  codeHash: Hex;
  storageHash: Hex;
  accountProof: Hex[];
  storageProof: { key: Hex; value: bigint; proof: Hex[] }[];
}

async function proven(root: Hex, key: Hex, proof: Hex[]): Promise<Uint8Array | null> {
  const nodes = proof.map((node) => hexToBytes(node));
  return verifyMerkleProof(keccak256(hexToBytes(key)), nodes, {
    useKeyHashing: false,
    useKeyHashingFunction: keccak256,
    root: hexToBytes(root),
  });
}

const minimal = (value: bigint): Hex => {
  const hex = value === 0n ? "" : value.toString(16);
  return `0x${hex.length % 2 === 0 ? hex : `0${hex}`}`;
};

/** Whether what is claimed of an account and its slots is what the state root holds; names the first that is not. */
export async function proofFault(stateRoot: Hex, proof: AccountProof): Promise<string | undefined> {
  const account = await proven(stateRoot, proof.address, proof.accountProof);
  if (account === null) return "the account is proven absent";
  const fields = RLP.decode(account);
  const held = Array.isArray(fields)
    ? fields.map((field) => (field instanceof Uint8Array ? toHex(field) : "?"))
    : [];
  const claimed = [minimal(BigInt(proof.nonce)), minimal(proof.balance), proof.storageHash, proof.codeHash];
  if (String(held) !== String(claimed)) return `the account is ${held}, not ${claimed}`;
  for (const slot of proof.storageProof) {
    const value = await proven(proof.storageHash, pad(slot.key), slot.proof);
    const decoded = value === null ? new Uint8Array() : RLP.decode(value);
    const hex = decoded instanceof Uint8Array ? toHex(decoded) : "?";
    if (hex !== minimal(slot.value)) return `slot ${slot.key} is ${hex}, not ${slot.value}`;
  }
  return undefined;
}

type RawProof = { [field in "balance" | "nonce"]: Hex } & Omit<
  AccountProof,
  "balance" | "nonce" | "storageProof"
> & { storageProof: { key: Hex; value: Hex; proof: Hex[] }[] };

/** {@link proofFault} of the answer as it came over the wire. */
export function rawProof(stateRoot: string, raw: RawProof): Promise<string | undefined> {
  const storageProof = raw.storageProof.map((slot) => ({ ...slot, value: BigInt(slot.value) }));
  const { balance, nonce } = raw;
  const root: Hex = `0x${stateRoot.slice(2)}`;
  return proofFault(root, { ...raw, balance: BigInt(balance), nonce: Number(nonce), storageProof });
}
