import { RLP } from "@ethereumjs/rlp";
import {
  bytesEqual,
  bytesToBigInt,
  DecodeError,
  decodeTransaction,
  keccak256,
  recoverPublicKey,
} from "../../protocol/index.ts";
import type { LaneTransaction } from "../engine/vmTransaction.ts";

/** A transaction of any type that Ethereum and the OP Stack have: what lanes need, and what it looked like. */
export interface ReplayTransaction extends LaneTransaction {
  /** 32 bytes. */
  hash: Uint8Array;
  /** The signed envelope; a blob transaction's without its blobs. */
  raw: Uint8Array;
  v: bigint;
  r: bigint;
  s: bigint;
}

const BLOB_TYPE = 3;
/** EIP-4844: the fields of the payload, of which the last three are the signature. */
const BLOB_FIELDS = 14;
const SIGNATURE_FIELDS = 3;
const SECP256K1_HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

type Nested = Uint8Array | Nested[];

/** Decodes a signed transaction and recovers its sender; see decodeTransaction. Throws DecodeError. */
export function decodeReplayTransaction(raw: Uint8Array): ReplayTransaction {
  return raw[0] === BLOB_TYPE ? decodeBlobTransaction(raw) : decodeTransaction(raw, { deposits: true });
}

function decodeBlobTransaction(raw: Uint8Array): ReplayTransaction {
  const fields = listOf(decodeRlp(raw.subarray(1)), "transaction");
  if (fields.length !== BLOB_FIELDS) throw new DecodeError(`a blob transaction has ${BLOB_FIELDS} fields`);
  const signed = RLP.encode(fields.slice(0, BLOB_FIELDS - SIGNATURE_FIELDS));
  const message = new Uint8Array(1 + signed.length);
  message[0] = BLOB_TYPE;
  message.set(signed, 1);
  const [v, r, s] = [uint(fields[11], 1), uint(fields[12], 32), uint(fields[13], 32)];
  const to = bytesOf(fields[5], "to");
  if (to.length !== 20) throw new DecodeError("a blob transaction cannot create a contract");
  const maxFeePerGas = uint(fields[3], 32);
  const maxPriorityFeePerGas = uint(fields[2], 32);
  if (maxPriorityFeePerGas > maxFeePerGas) {
    throw new DecodeError("max priority fee per gas higher than max fee per gas");
  }
  return {
    type: BLOB_TYPE,
    hash: keccak256(raw),
    raw,
    sender: senderOf(keccak256(message), v, r, s),
    chainId: uint(fields[0], 8),
    nonce: uint(fields[1], 8),
    maxPriorityFeePerGas,
    maxFeePerGas,
    gasLimit: uint(fields[4], 8),
    to,
    value: uint(fields[6], 32),
    data: bytesOf(fields[7], "data"),
    accessList: accessListOf(fields[8]),
    authorizationList: [],
    blobs: {
      maxFeePerBlobGas: uint(fields[9], 32),
      versionedHashes: listOf(fields[10], "blobVersionedHashes").map((hash) => fixed(hash, 32)),
    },
    v,
    r,
    s,
  };
}

function senderOf(hash: Uint8Array, v: bigint, r: bigint, s: bigint): Uint8Array {
  if (v > 1n || r === 0n || s === 0n || s > SECP256K1_HALF_ORDER) throw badSignature();
  const digits = (value: bigint) => value.toString(16).padStart(64, "0");
  const signature = new Uint8Array(Buffer.from(digits(r) + digits(s), "hex"));
  try {
    return keccak256(recoverPublicKey(hash, signature, Number(v))).slice(12);
  } catch (cause) {
    throw badSignature(cause);
  }
}

function badSignature(cause?: unknown): DecodeError {
  return new DecodeError("invalid transaction v, r, s values", cause);
}

/** Canonical RLP only: what decodes otherwise would have another hash when encoded again. */
function decodeRlp(bytes: Uint8Array): Nested {
  let decoded: Nested;
  try {
    decoded = RLP.decode(bytes);
  } catch (cause) {
    throw new DecodeError("transaction is not RLP", cause);
  }
  if (!bytesEqual(RLP.encode(decoded), bytes)) throw new DecodeError("transaction is not canonical RLP");
  return decoded;
}

function accessListOf(field: Nested | undefined): LaneTransaction["accessList"] {
  return listOf(field, "accessList").map((entry) => {
    const [address, storageKeys, ...rest] = listOf(entry, "accessList entry");
    if (rest.length > 0) throw new DecodeError("an accessList entry has two fields");
    return {
      address: fixed(address, 20),
      storageKeys: listOf(storageKeys, "storageKeys").map((key) => fixed(key, 32)),
    };
  });
}

function listOf(field: Nested | undefined, name: string): Nested[] {
  if (!Array.isArray(field)) throw new DecodeError(`rlp: ${name} is not a list`);
  return field;
}

function bytesOf(field: Nested | undefined, name: string): Uint8Array {
  if (field === undefined || Array.isArray(field)) throw new DecodeError(`rlp: ${name} is not a string`);
  return field;
}

function fixed(field: Nested | undefined, length: number): Uint8Array {
  const bytes = bytesOf(field, "field");
  if (bytes.length !== length)
    throw new DecodeError(`rlp: ${length} bytes are needed, found ${bytes.length}`);
  return bytes;
}

function uint(field: Nested | undefined, maxBytes: number): bigint {
  const bytes = bytesOf(field, "number");
  if (bytes.length > maxBytes || bytes[0] === 0) throw new DecodeError("rlp: not a canonical number");
  return bytesToBigInt(bytes);
}
