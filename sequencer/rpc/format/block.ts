import { type Block, type BlockHeader, bytesToHex, type Hex } from "../../../protocol/index.ts";
import { EMPTY_REQUESTS, EMPTY_ROOT, EMPTY_UNCLES, ZERO_NONCE } from "./constants.ts";
import { quantity } from "./quantity.ts";
import type { ReceiptBlock } from "./receipt.ts";
import { formatTransaction, type TransactionPlace } from "./transaction.ts";

/** An Osaka header. What proof of stake and a chain without blobs, withdrawals and requests fix is constant. */
export function formatHeader(header: BlockHeader, hash: Uint8Array): Record<string, unknown> {
  return {
    number: quantity(header.number),
    hash: bytesToHex(hash),
    parentHash: bytesToHex(header.parentHash),
    nonce: ZERO_NONCE,
    mixHash: bytesToHex(header.prevRandao),
    sha3Uncles: EMPTY_UNCLES,
    logsBloom: bytesToHex(header.logsBloom),
    stateRoot: bytesToHex(header.stateRoot),
    miner: bytesToHex(header.coinbase),
    difficulty: "0x0",
    extraData: bytesToHex(header.extraData),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    transactionsRoot: bytesToHex(header.transactionsRoot),
    receiptsRoot: bytesToHex(header.receiptsRoot),
    baseFeePerGas: quantity(header.baseFeePerGas),
    withdrawalsRoot: EMPTY_ROOT,
    blobGasUsed: "0x0",
    excessBlobGas: "0x0",
    parentBeaconBlockRoot: bytesToHex(header.parentBeaconBlockRoot),
    requestsHash: EMPTY_REQUESTS,
  };
}

export function placeInBlock(block: Block, index: number): TransactionPlace {
  const { header, hash } = block;
  return {
    blockNumber: header.number,
    blockHash: hash,
    blockTimestamp: header.timestamp,
    index,
    baseFeePerGas: header.baseFeePerGas,
  };
}

export function receiptBlock(block: Block): ReceiptBlock {
  const { number, timestamp } = block.header;
  return { hash: bytesToHex(block.hash), number: quantity(number), timestamp: quantity(timestamp) };
}

function formatTransactions(block: Block, full: boolean): (Record<string, unknown> | Hex)[] {
  if (!full) return block.transactions.map((transaction) => bytesToHex(transaction.hash));
  return block.transactions.map((transaction, index) =>
    formatTransaction(transaction, placeInBlock(block, index)),
  );
}

/** `full`: whole transactions, not only their hashes. */
export function formatBlock(block: Block, full: boolean): Record<string, unknown> {
  return {
    ...formatHeader(block.header, block.hash),
    size: quantity(block.size),
    transactions: formatTransactions(block, full),
    uncles: [],
    withdrawals: [],
  };
}
