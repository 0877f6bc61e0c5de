import { type Input, RLP } from "@ethereumjs/rlp";
import { z } from "zod";
import {
  bigIntToBytes,
  bytesEqual,
  bytesToHex,
  depositTransaction,
  EMPTY_BYTES,
  type Hex,
} from "../../protocol/index.ts";
import { addressSchema, dataSchema, hashSchema, numberSchema, quantitySchema } from "./hexSchemas.ts";
import { messageOf } from "./readJson.ts";
import { ReplayInputError } from "./replayError.ts";
import { decodeReplayTransaction, type ReplayTransaction } from "./replayTransaction.ts";

export const accessListSchema = z.array(
  z.object({ address: addressSchema, storageKeys: z.array(hashSchema) }),
);

const authorizationSchema = z.object({
  chainId: quantitySchema,
  address: addressSchema,
  nonce: quantitySchema,
  yParity: numberSchema,
  r: quantitySchema,
  s: quantitySchema,
});

/** A transaction of `eth_getBlockByNumber`'s answer. */
export const rpcTransactionSchema = z.object({
  type: z.enum(["0x0", "0x1", "0x2", "0x3", "0x4", "0x7e"]).default("0x0"),
  hash: hashSchema,
  from: addressSchema.optional(),
  chainId: quantitySchema.nullish(),
  nonce: quantitySchema,
  gas: quantitySchema,
  gasPrice: quantitySchema.nullish(),
  maxFeePerGas: quantitySchema.nullish(),
  maxPriorityFeePerGas: quantitySchema.nullish(),
  maxFeePerBlobGas: quantitySchema.nullish(),
  to: addressSchema.nullish(),
  value: quantitySchema,
  input: dataSchema,
  accessList: accessListSchema.nullish(),
  authorizationList: z.array(authorizationSchema).nullish(),
  blobVersionedHashes: z.array(hashSchema).nullish(),
  v: quantitySchema.optional(),
  yParity: quantitySchema.nullish(),
  r: quantitySchema.optional(),
  s: quantitySchema.optional(),
  sourceHash: hashSchema.optional(),
  mint: quantitySchema.nullish(),
  isSystemTx: z.boolean().nullish(),
});

export type RpcTransaction = z.infer<typeof rpcTransactionSchema>;

/**
 * The transaction itself: encoded as it was signed, then decoded like any other, its sender recovered. What the file
 * says of hash and sender must be so; otherwise it is not the transaction that was in the block.
 */
export function fromRpcTransaction(rpc: RpcTransaction, name: string): ReplayTransaction {
  const transaction = decoded(envelope(rpc, name), name);
  if (!bytesEqual(transaction.hash, rpc.hash)) {
    throw new ReplayInputError(
      `${name}: its fields hash to ${bytesToHex(transaction.hash)}, not to ${bytesToHex(rpc.hash)}`,
    );
  }
  if (rpc.from !== undefined && !bytesEqual(transaction.sender, rpc.from)) {
    throw new ReplayInputError(
      `${name}: signed by ${bytesToHex(transaction.sender)}, not by ${bytesToHex(rpc.from)}`,
    );
  }
  return transaction;
}

function decoded(raw: Uint8Array, name: string): ReplayTransaction {
  try {
    return decodeReplayTransaction(raw);
  } catch (cause) {
    throw new ReplayInputError(`${name}: ${messageOf(cause)}`, { cause });
  }
}

/** A deposit's nonce is what it found, and no part of it. */
function depositEnvelope(rpc: RpcTransaction, name: string): Uint8Array {
  const { sourceHash, from, to, mint, value, gas: gasLimit, input: data } = rpc;
  if (sourceHash === undefined) throw new ReplayInputError(`${name}: sourceHash is missing`);
  if (from === undefined) throw new ReplayInputError(`${name}: from is missing`);
  if (rpc.isSystemTx === true) throw new ReplayInputError(`${name}: system transactions are not supported`);
  return depositTransaction({
    sourceHash,
    from,
    to: to ?? undefined,
    mint: mint ?? 0n,
    value,
    gasLimit,
    data,
  }).raw;
}

function envelope(rpc: RpcTransaction, name: string): Uint8Array {
  if (rpc.type === "0x7e") return depositEnvelope(rpc, name);
  const need = (
    field: "chainId" | "gasPrice" | "maxFeePerGas" | "maxPriorityFeePerGas" | "maxFeePerBlobGas",
  ) => {
    const value = rpc[field];
    if (value === undefined || value === null) throw new ReplayInputError(`${name}: ${field} is missing`);
    return bigIntToBytes(value);
  };
  const v = rpc.v ?? rpc.yParity;
  const { r, s } = rpc;
  if (v === undefined || v === null) throw new ReplayInputError(`${name}: v is missing`);
  if (r === undefined || s === undefined) throw new ReplayInputError(`${name}: r or s is missing`);
  const [nonce, gas, value] = [rpc.nonce, rpc.gas, rpc.value].map(bigIntToBytes);
  const to = rpc.to ?? EMPTY_BYTES;
  const body: Input[] = [gas ?? EMPTY_BYTES, to, value ?? EMPTY_BYTES, rpc.input];
  const signature: Input[] = [v, r, s].map(bigIntToBytes);
  if (rpc.type === "0x0") return RLP.encode([nonce ?? EMPTY_BYTES, need("gasPrice"), ...body, ...signature]);
  const head: Input[] = [need("chainId"), nonce ?? EMPTY_BYTES];
  const fees = rpc.type === "0x1" ? [need("gasPrice")] : [need("maxPriorityFeePerGas"), need("maxFeePerGas")];
  const accessList = (rpc.accessList ?? []).map(({ address, storageKeys }) => [address, storageKeys]);
  const tail: Input[] = [];
  if (rpc.type === "0x3") tail.push(need("maxFeePerBlobGas"), rpc.blobVersionedHashes ?? []);
  if (rpc.type === "0x4") tail.push(authorizationFields(rpc));
  const fields = RLP.encode([...head, ...fees, ...body, accessList, ...tail, ...signature]);
  const raw = new Uint8Array(1 + fields.length);
  raw[0] = Number(rpc.type);
  raw.set(fields, 1);
  return raw;
}

function authorizationFields({ authorizationList }: RpcTransaction): Input {
  return (authorizationList ?? []).map(({ chainId, address, nonce, yParity, r, s }) => [
    bigIntToBytes(chainId),
    address,
    bigIntToBytes(nonce),
    bigIntToBytes(BigInt(yParity)),
    bigIntToBytes(r),
    bigIntToBytes(s),
  ]);
}

/** The same transaction as JSON-RPC shows it; {@link fromRpcTransaction} takes it back. */
export function toRpcTransaction(transaction: ReplayTransaction, index: number): Record<string, unknown> {
  const { type, chainId, accessList, authorizationList, blobs, deposit, to } = transaction;
  const fees =
    type < 2 || deposit !== undefined
      ? { gasPrice: quantity(transaction.maxFeePerGas) }
      : {
          maxFeePerGas: quantity(transaction.maxFeePerGas),
          maxPriorityFeePerGas: quantity(transaction.maxPriorityFeePerGas),
        };
  return {
    type: quantity(BigInt(type)),
    hash: bytesToHex(transaction.hash),
    from: bytesToHex(transaction.sender),
    transactionIndex: quantity(BigInt(index)),
    ...(chainId === undefined ? {} : { chainId: quantity(chainId) }),
    nonce: quantity(transaction.nonce),
    gas: quantity(transaction.gasLimit),
    ...fees,
    to: to === undefined ? null : bytesToHex(to),
    value: quantity(transaction.value),
    input: bytesToHex(transaction.data),
    ...(type === 0 || deposit !== undefined ? {} : { accessList: accessList.map(accessListEntryToRpc) }),
    ...(type === 4 ? { authorizationList: authorizationList.map(authorizationToRpc) } : {}),
    ...(blobs === undefined
      ? {}
      : {
          maxFeePerBlobGas: quantity(blobs.maxFeePerBlobGas),
          blobVersionedHashes: blobs.versionedHashes.map(bytesToHex),
        }),
    ...(deposit === undefined
      ? {}
      : {
          sourceHash: bytesToHex(deposit.sourceHash),
          mint: quantity(deposit.mint),
          isSystemTx: false,
        }),
    v: quantity(transaction.v),
    r: quantity(transaction.r),
    s: quantity(transaction.s),
  };
}

export function accessListEntryToRpc(entry: { address: Uint8Array; storageKeys: Uint8Array[] }) {
  return { address: bytesToHex(entry.address), storageKeys: entry.storageKeys.map(bytesToHex) };
}

function authorizationToRpc(authorization: ReplayTransaction["authorizationList"][number]) {
  const { chainId, address, nonce, yParity, r, s } = authorization;
  return {
    chainId: quantity(chainId),
    address: bytesToHex(address),
    nonce: quantity(nonce),
    yParity: quantity(BigInt(yParity)),
    r: quantity(r),
    s: quantity(s),
  };
}

export function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
