import {
  type AccessListEntry,
  type Authorization,
  bytesToHex,
  DEPOSIT_RECEIPT_VERSION,
  type Deposit,
  effectiveTip,
  type Transaction,
} from "../../../protocol/index.ts";
import { quantity } from "./quantity.ts";

/** Where a transaction stands in the chain. */
export interface TransactionPlace {
  blockNumber: number;
  blockHash: Uint8Array;
  blockTimestamp: number;
  index: number;
  baseFeePerGas: bigint;
  /** Of a deposit: the nonce that it took. */
  depositNonce?: bigint;
}

export function formatAccessList(list: AccessListEntry[]) {
  return list.map(({ address, storageKeys }) => ({
    address: bytesToHex(address),
    storageKeys: storageKeys.map(bytesToHex),
  }));
}

function formatAuthorization(authorization: Authorization) {
  return {
    chainId: quantity(authorization.chainId),
    address: bytesToHex(authorization.address),
    nonce: quantity(authorization.nonce),
    yParity: quantity(authorization.yParity),
    r: quantity(authorization.r),
    s: quantity(authorization.s),
  };
}

function formatPlace(place: TransactionPlace | undefined) {
  if (place === undefined) {
    return { blockHash: null, blockNumber: null, blockTimestamp: null, transactionIndex: null };
  }
  return {
    blockHash: bytesToHex(place.blockHash),
    blockNumber: quantity(place.blockNumber),
    blockTimestamp: quantity(place.blockTimestamp),
    transactionIndex: quantity(place.index),
  };
}

/** For a mined transaction what it paid per gas; for a pooled one what it would pay at most. */
function gasPrice(transaction: Transaction, place: TransactionPlace | undefined): bigint {
  if (transaction.type < 2 || place === undefined) return transaction.maxFeePerGas;
  return place.baseFeePerGas + effectiveTip(transaction, place.baseFeePerGas);
}

function formatBlobs(blobs: Transaction["blobs"]) {
  if (blobs === undefined) return {};
  return {
    maxFeePerBlobGas: quantity(blobs.maxFeePerBlobGas),
    blobVersionedHashes: blobs.versionedHashes.map(bytesToHex),
  };
}

/** op-geth's form: nobody signs a deposit, and it pays nothing; what is zero by rule is left out as there. */
function formatDeposit(
  transaction: Transaction,
  { sourceHash, mint }: Deposit,
  place: TransactionPlace | undefined,
): Record<string, unknown> {
  const nonce = place?.depositNonce;
  return {
    ...formatPlace(place),
    from: bytesToHex(transaction.sender),
    gas: quantity(transaction.gasLimit),
    gasPrice: "0x0",
    hash: bytesToHex(transaction.hash),
    input: bytesToHex(transaction.data),
    nonce: quantity(nonce ?? 0n),
    to: transaction.to === undefined ? null : bytesToHex(transaction.to),
    value: quantity(transaction.value),
    type: quantity(transaction.type),
    sourceHash: bytesToHex(sourceHash),
    ...(mint === 0n ? {} : { mint: quantity(mint) }),
    ...(nonce === undefined ? {} : { depositReceiptVersion: quantity(DEPOSIT_RECEIPT_VERSION) }),
    v: "0x0",
    r: "0x0",
    s: "0x0",
  };
}

/** geth's `RPCTransaction`. Without a place the block fields are null: the transaction is in the pool. */
export function formatTransaction(
  transaction: Transaction,
  place?: TransactionPlace,
): Record<string, unknown> {
  const { type, deposit } = transaction;
  if (deposit !== undefined) return formatDeposit(transaction, deposit, place);
  const typed =
    type === 0
      ? {}
      : { accessList: formatAccessList(transaction.accessList), yParity: quantity(transaction.v) };
  const fees =
    type < 2
      ? {}
      : {
          maxFeePerGas: quantity(transaction.maxFeePerGas),
          maxPriorityFeePerGas: quantity(transaction.maxPriorityFeePerGas),
        };
  return {
    ...formatPlace(place),
    from: bytesToHex(transaction.sender),
    gas: quantity(transaction.gasLimit),
    gasPrice: quantity(gasPrice(transaction, place)),
    ...fees,
    hash: bytesToHex(transaction.hash),
    input: bytesToHex(transaction.data),
    nonce: quantity(transaction.nonce),
    to: transaction.to === undefined ? null : bytesToHex(transaction.to),
    value: quantity(transaction.value),
    type: quantity(type),
    ...(transaction.chainId === undefined ? {} : { chainId: quantity(transaction.chainId) }),
    ...formatBlobs(transaction.blobs),
    ...(type === 4 ? { authorizationList: transaction.authorizationList.map(formatAuthorization) } : {}),
    ...typed,
    v: quantity(transaction.v),
    r: quantity(transaction.r),
    s: quantity(transaction.s),
  };
}
