import {
  bytesEqual,
  bytesToBigInt,
  type DepositFields,
  depositMessageHash,
  depositTransaction,
  forcedMessageHash,
  hexToBytes,
  rollMessage,
  userDepositSourceHash,
} from "../../protocol/index.ts";
import type { L1Message } from "../chain-store/index.ts";
import type { PortalLog } from "./portalEvents.ts";
import { L1MessagesError } from "./watcherErrors.ts";

type LogOf<Name> = Extract<PortalLog, { eventName: Name }>;

/** The end of the queue so far. */
export interface QueueEnd {
  count: number;
  /** 32 bytes. */
  rollingHash: Uint8Array;
}

/**
 * The messages that these events queued behind `end`, in order. `MessageEnqueued` follows `TransactionDeposited` and goes
 * before `TransactionForced`, with nothing between: the pair is a message. Throws L1MessagesError unless they continue
 * the queue, each with the hashes that follow from what it carries.
 */
export function messagesOfLogs(logs: readonly PortalLog[], end: QueueEnd): L1Message[] {
  const byPlace = new Map(logs.map((log) => [place(log.blockNumber, log.logIndex), log]));
  const messages: L1Message[] = [];
  let { count: index, rollingHash } = end;
  for (const log of logs) {
    if (log.eventName !== "MessageEnqueued") continue;
    const at = { index, l1Block: Number(log.blockNumber) };
    if (Number(log.args.index) !== index) {
      throw new L1MessagesError(
        `L1 block ${at.l1Block} queues message ${log.args.index} where ${index} is due`,
      );
    }
    const before = byPlace.get(place(log.blockNumber, log.logIndex - 1));
    const after = byPlace.get(place(log.blockNumber, log.logIndex + 1));
    const carried =
      before?.eventName === "TransactionDeposited"
        ? deposit(before, at)
        : after?.eventName === "TransactionForced" && Number(after.args.index) === index
          ? forced(after, at)
          : undefined;
    if (carried === undefined) throw new L1MessagesError(`message ${index} comes without its event`);
    rollingHash = rollMessage(rollingHash, carried.messageHash);
    const { messageHash, rollingHash: rolling } = log.args;
    if (
      !bytesEqual(hexToBytes(messageHash), carried.messageHash) ||
      !bytesEqual(hexToBytes(rolling), rollingHash)
    ) {
      throw new L1MessagesError(`message ${index} of L1 block ${at.l1Block} has another hash than L1 says`);
    }
    messages.push({ ...at, ...carried, rollingHash, transactionHash: hexToBytes(log.transactionHash) });
    index += 1;
  }
  return messages;
}

type Carried = Pick<L1Message, "kind" | "logIndex" | "sender" | "payload" | "messageHash">;

function deposit(log: LogOf<"TransactionDeposited">, at: { index: number; l1Block: number }): Carried {
  const { from, to, opaqueData } = log.args;
  const sender = hexToBytes(from);
  const fields = { from: sender, ...decodeOpaqueData(hexToBytes(opaqueData), hexToBytes(to)) };
  const sourceHash = userDepositSourceHash(hexToBytes(log.blockHash), log.logIndex);
  return {
    kind: "deposit",
    logIndex: log.logIndex,
    sender,
    payload: depositTransaction({ ...fields, sourceHash }).raw,
    messageHash: depositMessageHash(at, fields),
  };
}

function forced(log: LogOf<"TransactionForced">, at: { index: number; l1Block: number }): Carried {
  const sender = hexToBytes(log.args.sender);
  const payload = hexToBytes(log.args.data);
  return {
    kind: "forced",
    logIndex: log.logIndex,
    sender,
    payload,
    messageHash: forcedMessageHash(at, sender, payload),
  };
}

const VALUE = 32;
const GAS_LIMIT = 64;
const IS_CREATION = 72;
const DATA = 73;

/** `abi.encodePacked(uint256 mint, uint256 value, uint64 gasLimit, bool isCreation, bytes data)`, as on the OP Stack. */
function decodeOpaqueData(
  opaque: Uint8Array,
  to: Uint8Array,
): Pick<DepositFields, "to" | "mint" | "value" | "gasLimit" | "data"> {
  if (opaque.length < DATA) throw new L1MessagesError(`a deposit of ${opaque.length} bytes`);
  return {
    to: opaque[IS_CREATION] === 0 ? to : undefined,
    mint: bytesToBigInt(opaque.subarray(0, VALUE)),
    value: bytesToBigInt(opaque.subarray(VALUE, GAS_LIMIT)),
    gasLimit: bytesToBigInt(opaque.subarray(GAS_LIMIT, IS_CREATION)),
    data: opaque.slice(DATA),
  };
}

function place(block: bigint, logIndex: number): string {
  return `${block}/${logIndex}`;
}
