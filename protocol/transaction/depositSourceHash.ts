import { bigIntToBytes, padTo32 } from "../bytes.ts";
import { keccak256 } from "../crypto/keccak256.ts";

/**
 * Source hashes make deposits with equal fields different transactions (OP Stack specifications, deposits.md, "Source
 * hash computation"): `keccak256(bytes32(domain) ‖ keccak256(…))`, so that no two domains can meet.
 */
const USER_DEPOSIT = 0n;
const L1_ATTRIBUTES = 1n;
const UPGRADE = 2n;

/** `logIndex`: of the deposit's event in its L1 block. */
export function userDepositSourceHash(l1BlockHash: Uint8Array, logIndex: number): Uint8Array {
  return inDomain(USER_DEPOSIT, concat(l1BlockHash, word(BigInt(logIndex))));
}

/** `sequenceNumber`: L2 blocks since the first one with this L1 origin. */
export function l1AttributesSourceHash(l1BlockHash: Uint8Array, sequenceNumber: number): Uint8Array {
  return inDomain(L1_ATTRIBUTES, concat(l1BlockHash, word(BigInt(sequenceNumber))));
}

/** `intent` names what the upgrade's transaction is for. */
export function upgradeSourceHash(intent: string): Uint8Array {
  return inDomain(UPGRADE, new TextEncoder().encode(intent));
}

function inDomain(domain: bigint, identifier: Uint8Array): Uint8Array {
  return keccak256(concat(word(domain), keccak256(identifier)));
}

function word(value: bigint): Uint8Array {
  return padTo32(bigIntToBytes(value));
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
