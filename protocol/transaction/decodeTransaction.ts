import { keccak256 } from "../crypto/keccak256.ts";
import { recoverPublicKey } from "../crypto/recoverPublicKey.ts";
import { DecodeError } from "../errors.ts";
import { DEPOSIT_TYPE, decodeDeposit } from "./deposit.ts";
import { RlpReader } from "./rlpReader.ts";
import type { AccessListEntry, Authorization, Transaction, TransactionType } from "./transaction.ts";

/** Everything that a signed transaction says of itself; the sender has to be recovered. */
export type UnrecoveredTransaction = Omit<Transaction, "sender">;

export interface DecodeOptions {
  /** Known sender, 20 bytes: the signature is then trusted and recovery, most of the cost, is saved. */
  sender?: Uint8Array;
  /** Refuses a transaction that is signed for another chain. */
  chainId?: bigint;
  /** Takes deposits (0x7e) too: for transactions out of blocks, never for what users send. */
  deposits?: boolean;
  /** Called before the sender is recovered; throws to refuse the transaction while that is still cheap. */
  beforeRecovery?: (transaction: UnrecoveredTransaction) => void;
  /** Transactions of Ethereum's blocks too: of type 3 (EIP-4844), and from before EIP-2 with a high `s`. */
  ethereum?: boolean;
}

interface Parsed {
  transaction: UnrecoveredTransaction;
  /** Where the signed fields lie in `raw`. */
  fieldsStart: number;
  fieldsEnd: number;
  recoveryId: number;
}

const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const SECP256K1_HALF_ORDER = SECP256K1_ORDER / 2n;
const MAX_NONCE = 2n ** 64n - 1n;
const MAX_CHAIN_ID = BigInt(Number.MAX_SAFE_INTEGER);
const WORD_LIMIT = 2n ** 256n;
const NO_BYTES = new Uint8Array(0);

/**
 * Decodes a signed transaction of type 0, 1, 2 or 4 and recovers its sender.
 *
 * Strict: canonical RLP, no bytes left over, fields in their bounds (EIP-2681 nonce, 64-bit gas, 256-bit wei), low
 * `s` (EIP-2), tip no higher than the fee cap (EIP-1559), at least one authorization (EIP-7702). The result owns
 * its memory. Throws DecodeError, with geth's wording where geth has one.
 */
export function decodeTransaction(raw: Uint8Array, options: DecodeOptions = {}): Transaction {
  if (options.deposits === true && raw[0] === DEPOSIT_TYPE) return decodeDeposit(raw);
  const parsed = parse(new Uint8Array(raw), options.ethereum ?? false);
  const { transaction } = parsed;
  const { chainId } = transaction;
  if (options.chainId !== undefined && chainId !== undefined && chainId !== options.chainId) {
    throw new DecodeError(`invalid chain id for signer: have ${chainId} want ${options.chainId}`);
  }
  options.beforeRecovery?.(transaction);
  return { ...transaction, sender: options.sender ?? recoverSender(parsed) };
}

function parse(raw: Uint8Array, ethereum: boolean): Parsed {
  const first = raw[0];
  if (first === undefined) throw new DecodeError("typed transaction too short");
  if (first >= 0xc0) return parseLegacy(raw, ethereum);
  if (first > 0x7f) throw new DecodeError("rlp: expected List for transaction");
  if (first === 1 || first === 2 || first === 4) return parseTyped(raw, first);
  if (first === 3 && ethereum) return parseTyped(raw, first);
  throw new DecodeError("transaction type not supported");
}

function openList(raw: Uint8Array, start: number): RlpReader {
  const outer = new RlpReader(raw, start);
  const fields = outer.list("transaction");
  if (!outer.done) throw new DecodeError("rlp: trailing bytes after transaction");
  return fields;
}

function parseLegacy(raw: Uint8Array, highS: boolean): Parsed {
  const fields = openList(raw, 0);
  const fieldsStart = fields.position;
  const nonce = readNonce(fields);
  const gasPrice = fields.uint("gasPrice", 32);
  const gasLimit = fields.uint("gas", 8);
  const to = readTo(fields, true);
  const value = fields.uint("value", 32);
  const data = fields.string("data");
  const fieldsEnd = fields.position;
  const v = fields.uint("v", 32);
  const { r, s } = readSignature(fields, highS);
  const { chainId, recoveryId } = readLegacyV(v);
  checkCost(gasLimit, gasPrice, gasPrice);
  const transaction: UnrecoveredTransaction = {
    type: 0,
    hash: keccak256(raw),
    raw,
    chainId,
    nonce,
    gasLimit,
    maxFeePerGas: gasPrice,
    maxPriorityFeePerGas: gasPrice,
    to,
    value,
    data,
    accessList: [],
    authorizationList: [],
    v,
    r,
    s,
  };
  return { transaction, fieldsStart, fieldsEnd, recoveryId };
}

/** EIP-155: `v` is 27 or 28 without replay protection, else `35 + 2 · chainId + yParity` with a chain id above 0. */
function readLegacyV(v: bigint): { chainId: bigint | undefined; recoveryId: number } {
  if (v === 27n || v === 28n) return { chainId: undefined, recoveryId: Number(v - 27n) };
  if (v < 37n) throw new DecodeError("invalid transaction v, r, s values");
  return { chainId: checkedChainId((v - 35n) >> 1n), recoveryId: Number((v - 35n) & 1n) };
}

/** A chain configuration holds its id as a number, so no chain of ours can have a larger one. */
function checkedChainId(chainId: bigint): bigint {
  if (chainId > MAX_CHAIN_ID) throw new DecodeError("chain id exceeds 53 bits");
  return chainId;
}

function parseTyped(raw: Uint8Array, type: Exclude<TransactionType, 0 | typeof DEPOSIT_TYPE>): Parsed {
  const fields = openList(raw, 1);
  const fieldsStart = fields.position;
  const chainId = checkedChainId(fields.uint("chainId", 32));
  const nonce = readNonce(fields);
  const maxPriorityFeePerGas = fields.uint(type === 1 ? "gasPrice" : "maxPriorityFeePerGas", 32);
  const maxFeePerGas = type === 1 ? maxPriorityFeePerGas : fields.uint("maxFeePerGas", 32);
  const gasLimit = fields.uint("gas", 8);
  const to = readTo(fields, type < 3);
  const value = fields.uint("value", 32);
  const data = fields.string("data");
  const accessList = readAccessList(fields);
  const blobs = type === 3 ? readBlobs(fields) : undefined;
  const authorizationList = type === 4 ? readAuthorizations(fields) : [];
  const fieldsEnd = fields.position;
  const v = fields.uint("yParity", 32);
  if (v > 1n) throw new DecodeError("invalid transaction v, r, s values");
  const { r, s } = readSignature(fields);
  checkCost(gasLimit, maxFeePerGas, maxPriorityFeePerGas);
  const transaction: UnrecoveredTransaction = {
    type,
    hash: keccak256(raw),
    raw,
    chainId,
    nonce,
    gasLimit,
    maxFeePerGas,
    maxPriorityFeePerGas,
    to,
    value,
    data,
    accessList,
    authorizationList,
    ...(blobs === undefined ? {} : { blobs }),
    v,
    r,
    s,
  };
  return { transaction, fieldsStart, fieldsEnd, recoveryId: Number(v) };
}

function readNonce(fields: RlpReader): bigint {
  const nonce = fields.uint("nonce", 8);
  // EIP-2681
  if (nonce === MAX_NONCE) throw new DecodeError("nonce has max value");
  return nonce;
}

function readTo(fields: RlpReader, mayCreate: boolean): Uint8Array | undefined {
  const to = fields.string("to");
  if (to.length === 20) return to;
  if (to.length === 0 && mayCreate) return undefined;
  throw new DecodeError(`rlp: to must be ${mayCreate ? "0 or " : ""}20 bytes long, found ${to.length}`);
}

/** Reads the rest of the list: `r` and `s`, in their ranges (EIP-2: `s` in the lower half). */
function readSignature(fields: RlpReader, highS = false): { r: bigint; s: bigint } {
  const r = fields.uint("r", 32);
  const s = fields.uint("s", 32);
  fields.finish("transaction");
  if (
    r === 0n ||
    r >= SECP256K1_ORDER ||
    s === 0n ||
    s > (highS ? SECP256K1_ORDER - 1n : SECP256K1_HALF_ORDER)
  ) {
    throw new DecodeError("invalid transaction v, r, s values");
  }
  return { r, s };
}

function checkCost(gasLimit: bigint, maxFeePerGas: bigint, maxPriorityFeePerGas: bigint): void {
  if (maxPriorityFeePerGas > maxFeePerGas) {
    throw new DecodeError("max priority fee per gas higher than max fee per gas");
  }
  if (gasLimit * maxFeePerGas >= WORD_LIMIT) throw new DecodeError("gas cost exceeds 256 bits");
}

function readAccessList(fields: RlpReader): AccessListEntry[] {
  const list = fields.list("accessList");
  const entries: AccessListEntry[] = [];
  while (!list.done) {
    const entry = list.list("accessList entry");
    const address = entry.fixed("accessList address", 20);
    const keys = entry.list("accessList storageKeys");
    const storageKeys: Uint8Array[] = [];
    while (!keys.done) storageKeys.push(keys.fixed("accessList storageKey", 32));
    entry.finish("accessList entry");
    entries.push({ address, storageKeys });
  }
  return entries;
}

/** EIP-4844, bounds only: how many blobs there may be is a rule of the block's fork. */
function readBlobs(fields: RlpReader): NonNullable<Transaction["blobs"]> {
  const maxFeePerBlobGas = fields.uint("maxFeePerBlobGas", 32);
  const list = fields.list("blobVersionedHashes");
  const versionedHashes: Uint8Array[] = [];
  while (!list.done) versionedHashes.push(list.fixed("blobVersionedHash", 32));
  return { versionedHashes, maxFeePerBlobGas };
}

/** EIP-7702 bounds only: a tuple that is in bounds but invalid is skipped by execution, not refused. */
function readAuthorizations(fields: RlpReader): Authorization[] {
  const list = fields.list("authorizationList");
  const authorizations: Authorization[] = [];
  while (!list.done) {
    const entry = list.list("authorization");
    authorizations.push({
      chainId: entry.uint("authorization chainId", 32),
      address: entry.fixed("authorization address", 20),
      nonce: entry.uint("authorization nonce", 8),
      yParity: Number(entry.uint("authorization yParity", 1)),
      r: entry.uint("authorization r", 32),
      s: entry.uint("authorization s", 32),
    });
    entry.finish("authorization");
  }
  if (authorizations.length === 0) {
    throw new DecodeError("set code tx must have at least one authorization tuple");
  }
  return authorizations;
}

function recoverSender(parsed: Parsed): Uint8Array {
  const { r, s } = parsed.transaction;
  const signature = new Uint8Array(Buffer.from(word(r) + word(s), "hex"));
  try {
    return keccak256(recoverPublicKey(signingHash(parsed), signature, parsed.recoveryId)).slice(12);
  } catch (cause) {
    throw new DecodeError("invalid transaction v, r, s values", cause);
  }
}

function word(value: bigint): string {
  return value.toString(16).padStart(64, "0");
}

/** The signed fields stand in `raw` as they were hashed: only the list's header differs, and EIP-155's tail. */
function signingHash(parsed: Parsed): Uint8Array {
  const { transaction, fieldsStart, fieldsEnd } = parsed;
  const tail =
    transaction.type === 0 && transaction.chainId !== undefined ? eip155Tail(transaction.chainId) : NO_BYTES;
  const typeLength = transaction.type === 0 ? 0 : 1;
  const header = listHeader(fieldsEnd - fieldsStart + tail.length);
  const message = new Uint8Array(typeLength + header.length + fieldsEnd - fieldsStart + tail.length);
  if (typeLength === 1) message[0] = transaction.type;
  message.set(header, typeLength);
  message.set(transaction.raw.subarray(fieldsStart, fieldsEnd), typeLength + header.length);
  message.set(tail, message.length - tail.length);
  return keccak256(message);
}

function eip155Tail(chainId: bigint): Uint8Array {
  const bytes = numberBytes(chainId);
  const single = bytes.length === 1 && (bytes[0] ?? 0) < 0x80;
  return new Uint8Array(single ? [...bytes, 0x80, 0x80] : [0x80 + bytes.length, ...bytes, 0x80, 0x80]);
}

function listHeader(length: number): Uint8Array {
  if (length < 56) return new Uint8Array([0xc0 + length]);
  const bytes = numberBytes(BigInt(length));
  return new Uint8Array([0xf7 + bytes.length, ...bytes]);
}

function numberBytes(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 8n) bytes.unshift(Number(rest & 0xffn));
  return bytes;
}
