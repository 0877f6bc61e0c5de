import {
  type Block,
  type BlockHeader,
  bytesToHex,
  type EthereumBody,
  type EthereumHeader,
  type Hex,
} from "../../../protocol/index.ts";
import { EMPTY_REQUESTS, EMPTY_ROOT, EMPTY_UNCLES, ZERO_NONCE } from "./constants.ts";
import { quantity } from "./quantity.ts";
import type { ReceiptBlock } from "./receipt.ts";
import { formatTransaction, type TransactionPlace } from "./transaction.ts";

/**
 * geth's form. An imported header shows the fields of its fork and no others; for Braid's own, what proof of stake and
 * a chain without blobs, withdrawals and requests fix is constant.
 */
export function formatHeader(header: BlockHeader, hash: Uint8Array): Record<string, unknown> {
  const { ethereum } = header;
  return {
    number: quantity(header.number),
    hash: bytesToHex(hash),
    parentHash: bytesToHex(header.parentHash),
    nonce: ethereum === undefined ? ZERO_NONCE : bytesToHex(ethereum.nonce),
    mixHash: bytesToHex(ethereum?.mixHash ?? header.prevRandao),
    sha3Uncles: ethereum === undefined ? EMPTY_UNCLES : bytesToHex(ethereum.sha3Uncles),
    logsBloom: bytesToHex(header.logsBloom),
    stateRoot: bytesToHex(header.stateRoot),
    miner: bytesToHex(header.coinbase),
    difficulty: quantity(ethereum?.difficulty ?? 0),
    extraData: bytesToHex(header.extraData),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    transactionsRoot: bytesToHex(header.transactionsRoot),
    receiptsRoot: bytesToHex(header.receiptsRoot),
    ...(ethereum === undefined ? osakaFields(header) : forkFields(ethereum)),
  };
}

function osakaFields(header: BlockHeader) {
  return {
    baseFeePerGas: quantity(header.baseFeePerGas),
    withdrawalsRoot: EMPTY_ROOT,
    blobGasUsed: "0x0",
    excessBlobGas: "0x0",
    parentBeaconBlockRoot: bytesToHex(header.parentBeaconBlockRoot),
    requestsHash: EMPTY_REQUESTS,
  };
}

function forkFields(header: EthereumHeader): Record<string, Hex> {
  const fields: Record<string, Hex> = {};
  if (header.baseFeePerGas !== undefined) fields["baseFeePerGas"] = quantity(header.baseFeePerGas);
  if (header.withdrawalsRoot !== undefined) fields["withdrawalsRoot"] = bytesToHex(header.withdrawalsRoot);
  if (header.blobGasUsed !== undefined) fields["blobGasUsed"] = quantity(header.blobGasUsed);
  if (header.excessBlobGas !== undefined) fields["excessBlobGas"] = quantity(header.excessBlobGas);
  if (header.parentBeaconBlockRoot !== undefined) {
    fields["parentBeaconBlockRoot"] = bytesToHex(header.parentBeaconBlockRoot);
  }
  if (header.requestsHash !== undefined) fields["requestsHash"] = bytesToHex(header.requestsHash);
  return fields;
}

export function placeInBlock(block: Block, index: number): TransactionPlace {
  const { header, hash, receipts } = block;
  const depositNonce = receipts[index]?.depositNonce;
  return {
    ...(depositNonce === undefined ? {} : { depositNonce }),
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
    ...formatBody(block.ethereum),
  };
}

function formatBody(body: EthereumBody | undefined) {
  if (body === undefined) return { uncles: [], withdrawals: [] };
  const uncles = body.uncles.map(({ hash }) => bytesToHex(hash));
  if (body.withdrawals === undefined) return { uncles };
  const withdrawals = body.withdrawals.map(({ index, validatorIndex, address, amount }) => ({
    index: quantity(index),
    validatorIndex: quantity(validatorIndex),
    address: bytesToHex(address),
    amount: quantity(amount),
  }));
  return { uncles, withdrawals };
}

/** geth shows an uncle as a block of its header and nothing else. */
export function formatUncle({ header, hash, size }: EthereumBody["uncles"][number]): Record<string, unknown> {
  return { ...formatHeader(header, hash), size: quantity(size), uncles: [] };
}
