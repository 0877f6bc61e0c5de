import { bigIntToBytes, bytesToBigInt, DecodeError, hexToBytes } from "../../protocol/index.ts";
import type { AccountRecord } from "../state/types.ts";
import { stringLength, writeHeader, writeString } from "./nodeEncoder.ts";

/** Root of a trie without keys: keccak-256 of the RLP of the empty string. */
export const EMPTY_TRIE_ROOT: Uint8Array = hexToBytes(
  "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
);

/** Keccak-256 of the empty string: the code hash of an account without code. */
export const EMPTY_CODE_HASH: Uint8Array = hexToBytes(
  "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
);

/** The account as the trie's leaf holds it: RLP [nonce, balance, storageRoot, codeHash]. */
export function accountToRlp(
  nonce: bigint,
  balance: bigint,
  storageRoot: Uint8Array,
  codeHash: Uint8Array,
): Uint8Array {
  const nonceBytes = bigIntToBytes(nonce);
  const balanceBytes = bigIntToBytes(balance);
  const payload = stringLength(nonceBytes) + stringLength(balanceBytes) + 66;
  const rlp = new Uint8Array(payload + (payload < 56 ? 1 : 2));
  let at = writeHeader(rlp, 0, 0xc0, payload);
  at = writeString(rlp, at, nonceBytes);
  at = writeString(rlp, at, balanceBytes);
  at = writeString(rlp, at, storageRoot);
  writeString(rlp, at, codeHash);
  return rlp;
}

/** A storage slot's value as the trie's leaf holds it. `value`: big-endian without leading zeros. */
export function storageValueToRlp(value: Uint8Array): Uint8Array {
  const rlp = new Uint8Array(stringLength(value));
  writeString(rlp, 0, value);
  return rlp;
}

export function rlpToStorageValue(rlp: Uint8Array): Uint8Array {
  return readShortString(rlp, 0);
}

export function rlpToAccount(rlp: Uint8Array): AccountRecord {
  const start = (rlp[0] ?? 0) < 0xf8 ? 1 : 2;
  const nonce = readShortString(rlp, start);
  let at = start + stringLength(nonce);
  const balance = readShortString(rlp, at);
  at += stringLength(balance);
  const storageRoot = readShortString(rlp, at);
  const codeHash = readShortString(rlp, at + 33);
  if (storageRoot.length !== 32 || codeHash.length !== 32) throw new DecodeError("trie account is malformed");
  return {
    nonce: bytesToBigInt(nonce),
    balance: bytesToBigInt(balance),
    storageRoot: storageRoot.slice(),
    codeHash: codeHash.slice(),
  };
}

/** The content of an RLP string of at most 55 bytes. */
function readShortString(rlp: Uint8Array, offset: number): Uint8Array {
  const prefix = rlp[offset];
  if (prefix === undefined || prefix > 0xb7) throw new DecodeError("trie value is not a short string");
  return prefix < 0x80
    ? rlp.subarray(offset, offset + 1)
    : rlp.subarray(offset + 1, offset + 1 + prefix - 0x80);
}
