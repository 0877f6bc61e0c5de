import {
  bytesToHex,
  DEPOSIT_RECEIPT_VERSION,
  type Hex,
  type Receipt,
  type Transaction,
} from "../../../protocol/index.ts";
import { EMPTY_BLOOM } from "./constants.ts";
import { quantity } from "./quantity.ts";

/** The block that a receipt belongs to, already as text: shared by all its receipts. */
export interface ReceiptBlock {
  hash: Hex;
  number: Hex;
  timestamp: Hex;
}

/** A transaction's receipt as geth gives it. `firstLogIndex`: index in the block of its first log. */
export function formatReceipt(
  receipt: Receipt,
  transaction: Transaction,
  block: ReceiptBlock,
  index: number,
  firstLogIndex: number,
) {
  const transactionHash = bytesToHex(transaction.hash);
  const transactionIndex = quantity(index);
  const logs = receipt.logs.map((log, offset) => ({
    address: bytesToHex(log.address),
    topics: log.topics.map(bytesToHex),
    data: bytesToHex(log.data),
    blockNumber: block.number,
    transactionHash,
    transactionIndex,
    blockHash: block.hash,
    blockTimestamp: block.timestamp,
    logIndex: quantity(firstLogIndex + offset),
    removed: false,
  }));
  return {
    blockHash: block.hash,
    blockNumber: block.number,
    contractAddress: receipt.contractAddress === undefined ? null : bytesToHex(receipt.contractAddress),
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    from: bytesToHex(transaction.sender),
    gasUsed: quantity(receipt.gasUsed),
    logs,
    // Most receipts have no log: their bloom is empty and need not be encoded.
    logsBloom: logs.length === 0 ? EMPTY_BLOOM : bytesToHex(receipt.logsBloom),
    ...(receipt.stateRoot === undefined
      ? { status: quantity(receipt.status) }
      : { root: bytesToHex(receipt.stateRoot) }),
    to: transaction.to === undefined ? null : bytesToHex(transaction.to),
    transactionHash,
    transactionIndex,
    type: quantity(receipt.type),
    ...formatBlobGas(receipt.blobGas),
    ...formatDepositNonce(receipt.depositNonce),
  };
}

/** EIP-4844: blob transactions alone have them. */
function formatBlobGas(blobGas: Receipt["blobGas"]) {
  if (blobGas === undefined) return {};
  return { blobGasUsed: quantity(blobGas.used), blobGasPrice: quantity(blobGas.price) };
}

/** As op-geth since Canyon: deposits alone have them. */
function formatDepositNonce(nonce: Receipt["depositNonce"]) {
  if (nonce === undefined) return {};
  return { depositNonce: quantity(nonce), depositReceiptVersion: quantity(DEPOSIT_RECEIPT_VERSION) };
}

export type FormattedReceipt = ReturnType<typeof formatReceipt>;
