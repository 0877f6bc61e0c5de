/** A placed block with what it runs: L1's attributes, deposits, forced transactions to be tried, its own. */
import {
  type BlockInput,
  type ChainConfig,
  decodeDeposit,
  decodeTransaction,
  forcedTransaction,
  keccak256,
  type L1Prices,
  l1AttributesTransaction,
  nextL2BaseFee,
  type Transaction,
} from "../../protocol/index.ts";
import { DifferenceError, decoded, expectNumber } from "../differenceError.ts";
import type { Senders } from "../senders/createSenderThread.ts";
import type { L1Data } from "./batchSource.ts";
import { messageAt } from "./checkMessages.ts";
import type { PlacedBlock } from "./placeBlocks.ts";

/** What a block follows from, besides the state. */
export interface BlockParent {
  /** 32 bytes. */
  hash: Uint8Array;
  timestamp: number;
  gasLimit: bigint;
  gasUsed: bigint;
  baseFeePerGas: bigint;
}

export interface DerivedBlock {
  input: BlockInput;
  /** Of the input's transactions: attributes and deposits, which come first. */
  deposits: number;
  /** Index in the queue of each forced transaction among the input's. */
  forced: Map<Transaction, number>;
  /** Forced ones that can never be part of a block. */
  skipped: { index: number; reason: string }[];
}

/**
 * Throws DifferenceError. `prices`: what the state after the parent knows of L1's. `senders`: of the block's own
 * transactions, as far as they were recovered elsewhere.
 */
export function blockOf(
  placed: PlacedBlock,
  parent: BlockParent,
  prices: L1Prices,
  l1: Pick<L1Data, "message">,
  { batch, chain, senders }: { batch: number; chain: ChainConfig; senders?: Senders | undefined },
): DerivedBlock {
  const { block } = placed;
  const at = { batch, block: block.number };
  if (block.timestamp < parent.timestamp) {
    const found = `${parent.timestamp} in the block before`;
    throw new DifferenceError({ ...at, field: "timestamp", claimed: `${block.timestamp}`, found });
  }
  expectNumber(at, "baseFeePerGas", block.baseFeePerGas, nextL2BaseFee(chain, parent, prices));
  const { deposits, forced, skipped } = fromL1(placed, l1, { ...at, chain });
  const before = deposits.length + forced.size;
  const own = block.transactions.map((raw, index) => {
    const sender = senders?.get(raw);
    const options = { chainId: BigInt(chain.chainId), ...(sender === undefined ? {} : { sender }) };
    return decoded({ ...at, transaction: before + index }, "transaction", () =>
      decodeTransaction(raw, options),
    );
  });
  const { number, timestamp, baseFeePerGas, gasLimit, coinbase, extraData, parentBeaconBlockRoot } = block;
  return {
    input: {
      ...{ number, parentHash: parent.hash, timestamp, baseFeePerGas, gasLimit, coinbase },
      ...{ prevRandao: keccak256(parent.hash), extraData, parentBeaconBlockRoot },
      transactions: [...deposits, ...forced.keys(), ...own],
    },
    deposits: deposits.length,
    forced,
    skipped,
  };
}

function fromL1(
  { moved, messages }: PlacedBlock,
  l1: Pick<L1Data, "message">,
  { chain, ...at }: { batch: number; block: number; chain: ChainConfig },
): { deposits: Transaction[] } & Pick<DerivedBlock, "forced" | "skipped"> {
  const deposits = moved === undefined ? [] : [l1AttributesTransaction({ ...moved, sequenceNumber: 0 })];
  const forced = new Map<Transaction, number>();
  const skipped: { index: number; reason: string }[] = [];
  for (let index = messages.from; index < messages.to; index++) {
    const { kind, raw } = messageAt(l1, index, at);
    if (kind === "deposit") {
      deposits.push(decoded(at, "deposit", () => decodeDeposit(raw)));
      continue;
    }
    const found = forcedTransaction(raw, BigInt(chain.chainId));
    if (typeof found === "string") skipped.push({ index, reason: found });
    else forced.set(found, index);
  }
  return { deposits, forced, skipped };
}
