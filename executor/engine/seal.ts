import {
  type Block,
  type BlockHeader,
  encodeHeader,
  keccak256,
  type Receipt,
  type StateDiff,
  type Transaction,
} from "../../protocol/index.ts";
import { trieRootOfList } from "../trie/trieRootOfList.ts";
import type { BlockEnvironment } from "./blockEnvironment.ts";
import { encodeReceipt } from "./encodeReceipt.ts";
import { EMPTY_BLOOM } from "./outcome.ts";

export interface SealInput {
  environment: BlockEnvironment;
  transactions: Transaction[];
  receipts: Receipt[];
  gasUsed: bigint;
  stateDiff: StateDiff;
}

/**
 * Makes the block of what was executed: roots, bloom, header, hash, size. `stateRoot`: after the block.
 * Nothing here depends on how the block was executed.
 */
export function sealBlock(input: SealInput, stateRoot: Uint8Array): Block {
  const { environment, transactions, receipts, gasUsed } = input;
  const header: BlockHeader = {
    parentHash: environment.parentHash,
    coinbase: environment.coinbase,
    stateRoot,
    transactionsRoot: trieRootOfList(transactions.map(({ raw }) => raw)),
    receiptsRoot: trieRootOfList(receipts.map(encodeReceipt)),
    logsBloom: blockBloom(receipts),
    number: environment.number,
    gasLimit: environment.gasLimit,
    gasUsed,
    timestamp: environment.timestamp,
    extraData: environment.extraData,
    prevRandao: environment.prevRandao,
    baseFeePerGas: environment.baseFeePerGas,
    parentBeaconBlockRoot: environment.parentBeaconBlockRoot,
  };
  const encoded = encodeHeader(header);
  const size = blockSize(encoded.length, transactions);
  return { header, hash: keccak256(encoded), size, transactions, receipts };
}

function blockBloom(receipts: Receipt[]): Uint8Array {
  const bloom = new Uint8Array(256);
  for (const { logsBloom } of receipts) {
    if (logsBloom === EMPTY_BLOOM) continue;
    for (let i = 0; i < bloom.length; i++) bloom[i] = (bloom[i] ?? 0) | (logsBloom[i] ?? 0);
  }
  return bloom;
}

/** Length of rlp([header, transactions, ommers, withdrawals]); the last two are empty lists. */
function blockSize(headerLength: number, transactions: Transaction[]): number {
  let body = 0;
  for (const { type, raw } of transactions) body += type === 0 ? raw.length : rlpLength(raw.length);
  return rlpLength(headerLength + rlpLength(body) + 2);
}

/** RLP length of a list or a string of that many bytes (a string of one byte is never met here). */
function rlpLength(payload: number): number {
  if (payload < 56) return 1 + payload;
  let lengthBytes = 0;
  for (let rest = payload; rest > 0; rest = Math.floor(rest / 256)) lengthBytes++;
  return 1 + lengthBytes + payload;
}
