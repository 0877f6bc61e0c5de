/** The portal's events as messages of the queue. */
import {
  bytesToBigInt,
  DecodeError,
  type DepositFields,
  depositTransaction,
  hexToBytes,
  userDepositSourceHash,
} from "../../protocol/index.ts";
import { L1UnavailableError } from "../verifierError.ts";
import type { L1Message } from "./l1Types.ts";
import type { SettlementLog } from "./settlementLogs.ts";

/**
 * The messages that these events queued, in order. `MessageEnqueued` follows `TransactionDeposited` and goes before
 * `TransactionForced`, with nothing between: the pair is a message. `first`: the index that is due. Whether their
 * hashes are those that batches bind is checked with the batches.
 */
export function messagesOfLogs(logs: readonly SettlementLog[], first: number): L1Message[] {
  const byPlace = new Map(logs.map((log) => [place(log.l1Block, log.logIndex), log]));
  const messages: L1Message[] = [];
  for (const log of logs) {
    if (log.event.eventName !== "MessageEnqueued") continue;
    const index = first + messages.length;
    if (Number(log.event.args.index) !== index) {
      throw incomplete(log, `message ${log.event.args.index} comes where ${index} is due`);
    }
    const before = byPlace.get(place(log.l1Block, log.logIndex - 1));
    const after = byPlace.get(place(log.l1Block, log.logIndex + 1));
    const at = { index, l1Block: log.l1Block };
    if (before?.event.eventName === "TransactionDeposited") {
      messages.push({ ...at, ...deposit(before, before.event.args) });
    } else if (after?.event.eventName === "TransactionForced" && Number(after.event.args.index) === index) {
      const { sender, data } = after.event.args;
      messages.push({ ...at, kind: "forced", from: hexToBytes(sender), raw: hexToBytes(data) });
    } else {
      throw incomplete(log, `message ${index} comes without its event`);
    }
  }
  return messages;
}

function deposit(
  { blockHash, logIndex }: SettlementLog,
  args: { from: `0x${string}`; to: `0x${string}`; opaqueData: `0x${string}` },
): Pick<L1Message, "kind" | "from" | "raw"> {
  const from = hexToBytes(args.from);
  const fields = decodeOpaqueData(hexToBytes(args.opaqueData), hexToBytes(args.to));
  const sourceHash = userDepositSourceHash(blockHash, logIndex);
  return { kind: "deposit", from, raw: depositTransaction({ ...fields, from, sourceHash }).raw };
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
  if (opaque.length < DATA) throw new DecodeError(`a deposit of ${opaque.length} bytes`);
  return {
    to: opaque[IS_CREATION] === 0 ? to : undefined,
    mint: bytesToBigInt(opaque.subarray(0, VALUE)),
    value: bytesToBigInt(opaque.subarray(VALUE, GAS_LIMIT)),
    gasLimit: bytesToBigInt(opaque.subarray(GAS_LIMIT, IS_CREATION)),
    data: opaque.slice(DATA),
  };
}

function place(block: number, logIndex: number): string {
  return `${block}/${logIndex}`;
}

function incomplete({ l1Block }: SettlementLog, reason: string): L1UnavailableError {
  return new L1UnavailableError(`events of L1 block ${l1Block}`, reason);
}
