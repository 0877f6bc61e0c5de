import {
  bytesEqual,
  type ChainConfig,
  decodeDeposit,
  forcedTransaction,
  InvariantError,
  l1AttributesTransaction,
  type Transaction,
} from "../../protocol/index.ts";
import type { L1BlockRecord, L1Message, L1Position } from "../chain-store/types.ts";
import type { ForcedSkip } from "./l1Source.ts";

/** What a block takes from L1. */
export interface L1Part {
  /** The block's position, as far as it does not depend on how the block runs. */
  position: Omit<L1Position, "transactionsFromL1">;
  /** L1 attributes, if the origin moved; deposits; forced transactions, to be tried. */
  transactions: Transaction[];
  /** Messages consumed. */
  messages: number;
  /** Index in the queue of each forced transaction among `transactions`. */
  forced: Map<Transaction, number>;
  /** Forced ones that can never be part of a block. */
  skipped: ForcedSkip[];
}

/** Messages that are looked at for one block: what is left waits for the next, a moment later. */
export const MOST_MESSAGES = { count: 256, bytes: 1024 * 1024 };

/** Messages leave half of a block's gas to the users' transactions, unless one alone is larger. */
const SHARE = 2n;

/**
 * The beginning of the block after one with this position. The origin goes to the newest block; the messages are those
 * that come next in the queue, as far as their gas fits: the rest waits for the blocks that follow. `messages`: from
 * `position.messagesConsumed` on, none queued after the origin.
 */
export function takeFromL1(
  position: L1Position,
  { origin, messages }: { origin: L1BlockRecord; messages: L1Message[] },
  chain: Pick<ChainConfig, "chainId" | "gasLimit">,
): L1Part {
  const moved = origin.number > position.originNumber;
  if (origin.number === position.originNumber && !bytesEqual(origin.hash, position.originHash)) {
    throw new InvariantError(`L1 block ${origin.number} is another than the one that the chain stands on`);
  }
  const attributes = moved ? [l1AttributesTransaction({ ...origin, sequenceNumber: 0 })] : [];
  const spent = attributes.reduce((sum, { gasLimit }) => sum + gasLimit, 0n);
  const taken = takeMessages(messages, position.messagesConsumed, chain, spent);
  return {
    position: {
      originNumber: moved ? origin.number : position.originNumber,
      originHash: moved ? origin.hash : position.originHash,
      sequenceNumber: moved ? 0 : position.sequenceNumber + 1,
      messagesConsumed: position.messagesConsumed + taken.count,
    },
    transactions: [...attributes, ...taken.deposits, ...taken.forced.keys()],
    messages: taken.count,
    forced: taken.forced,
    skipped: taken.skipped,
  };
}

function takeMessages(
  messages: L1Message[],
  first: number,
  { chainId, gasLimit }: Pick<ChainConfig, "chainId" | "gasLimit">,
  spent: bigint,
) {
  const deposits: Transaction[] = [];
  const forced = new Map<Transaction, number>();
  const skipped: ForcedSkip[] = [];
  let gas = spent;
  let count = 0;
  for (const { index, kind, payload } of messages) {
    if (index !== first + count) throw new InvariantError(`message ${index} where ${first + count} is due`);
    const found = kind === "deposit" ? decodeDeposit(payload) : forcedTransaction(payload, BigInt(chainId));
    if (typeof found === "string") skipped.push({ index, reason: found });
    else {
      const most = gas === spent ? gasLimit : gasLimit / SHARE;
      if (gas + found.gasLimit > most) break;
      gas += found.gasLimit;
      if (kind === "deposit") deposits.push(found);
      else forced.set(found, index);
    }
    count++;
  }
  if (count === 0 && messages.length > 0) {
    throw new InvariantError(`message ${first} does not fit into a block of ${gasLimit} gas`);
  }
  return { deposits, forced, skipped, count };
}
