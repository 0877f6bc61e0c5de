import { RLP } from "@ethereumjs/rlp";
import {
  bigIntToBytes,
  EMPTY_BYTES,
  keccak256,
  type Transaction,
  type TransactionType,
} from "../../../protocol/index.ts";
import type { Message } from "../message.ts";

type Item = Uint8Array | Item[];

const number = (value: bigint): Uint8Array => bigIntToBytes(value);
/** `v`, `r` and `s` of a transaction that nobody signed. */
const UNSIGNED: Item[] = [EMPTY_BYTES, EMPTY_BYTES, EMPTY_BYTES];
/** What geth reads out of `v` = 0 as if EIP-155 had put the chain's id there. */
const LEGACY_CHAIN_ID = (2n ** 64n - 35n) / 2n;

/** `legacy`: a gas price was named, or the block has no base fee. */
function typeOf(message: Message, legacy: boolean): Exclude<TransactionType, 1 | 0x7e> {
  if (legacy) return 0;
  if (message.authorizationList !== undefined) return 4;
  return message.blobHashes === undefined ? 2 : 3;
}

/** The transaction that a simulated block shows for a call. */
export function callTransaction(
  message: Message,
  nonce: bigint,
  chainId: number,
  legacy: boolean,
): Transaction {
  const type = typeOf(message, legacy);
  const { from, to, gas, feeCap, tip, value, data, accessList } = message;
  const { authorizationList = [], blobHashes, blobFeeCap } = message;
  const raw = type === 0 ? legacyRaw(message, nonce) : typedRaw(type, message, nonce, BigInt(chainId));
  return {
    type,
    hash: keccak256(raw),
    raw,
    sender: from,
    chainId: type === 0 ? LEGACY_CHAIN_ID : BigInt(chainId),
    nonce,
    gasLimit: gas,
    maxFeePerGas: feeCap,
    maxPriorityFeePerGas: tip,
    to,
    value,
    data,
    accessList: type === 0 ? [] : accessList,
    authorizationList: type === 4 ? authorizationList : [],
    ...(type === 3 ? { blobs: { versionedHashes: blobHashes ?? [], maxFeePerBlobGas: blobFeeCap } } : {}),
    v: 0n,
    r: 0n,
    s: 0n,
  };
}

function legacyRaw({ feeCap, gas, to = EMPTY_BYTES, value, data }: Message, nonce: bigint): Uint8Array {
  return RLP.encode([number(nonce), number(feeCap), number(gas), to, number(value), data, ...UNSIGNED]);
}

function typedRaw(type: 2 | 3 | 4, message: Message, nonce: bigint, chainId: bigint): Uint8Array {
  const { to = EMPTY_BYTES, gas, feeCap, tip, value, data } = message;
  const accessList = message.accessList.map(({ address, storageKeys }): Item => [address, storageKeys]);
  const fields: Item[] = [
    number(chainId),
    number(nonce),
    number(tip),
    number(feeCap),
    number(gas),
    to,
    number(value),
    data,
    accessList,
    ...ownFields(type, message),
    ...UNSIGNED,
  ];
  const encoded = RLP.encode(fields);
  const raw = new Uint8Array(1 + encoded.length);
  raw[0] = type;
  raw.set(encoded, 1);
  return raw;
}

function ownFields(type: 2 | 3 | 4, message: Message): Item[] {
  if (type === 3) return [number(message.blobFeeCap), message.blobHashes ?? []];
  if (type === 2) return [];
  const list = message.authorizationList ?? [];
  return [
    list.map(({ chainId, address, nonce, yParity, r, s }): Item => {
      return [number(chainId), address, number(nonce), number(BigInt(yParity)), number(r), number(s)];
    }),
  ];
}
