/** The messages that a batch takes are those of L1's queue, one after the other, and all that its rolling hash binds. */
import { decodeDeposit, depositMessageHash, forcedMessageHash, rollMessage } from "../../protocol/index.ts";
import { DifferenceError, type DifferencePlace, decoded, expectSame } from "../differenceError.ts";
import type { L1Message } from "../l1/l1Types.ts";
import type { BatchSource, L1Data } from "./batchSource.ts";
import type { PlacedBlock } from "./placeBlocks.ts";

/** Throws DifferenceError. Holds one message at a time. */
export function checkMessages(
  { batch, previous }: Pick<BatchSource, "batch" | "previous">,
  placed: readonly PlacedBlock[],
  l1: Pick<L1Data, "message">,
): void {
  let rolling = previous.rollingHash;
  for (const { block, originNumber, messages } of placed) {
    const at = { batch: batch.header.number, block: block.number };
    for (let index = messages.from; index < messages.to; index++) {
      const message = messageAt(l1, index, at);
      if (message.l1Block > originNumber) {
        const claimed = `message ${index} of L1 block ${message.l1Block}`;
        throw new DifferenceError({ ...at, field: "l1Origin", claimed, found: `origin ${originNumber}` });
      }
      rolling = rollMessage(rolling, messageHash(message, at));
    }
  }
  expectSame({ batch: batch.header.number }, "rollingHash", batch.rollingHash, rolling);
}

/** A message of the queue; its absence is a difference. */
export function messageAt(l1: Pick<L1Data, "message">, index: number, at: DifferencePlace): L1Message {
  const message = l1.message(index);
  if (message === undefined || message.index !== index) {
    const claimed = `message ${index}`;
    throw new DifferenceError({ ...at, field: "messages", claimed, found: "not in L1's queue" });
  }
  return message;
}

function messageHash({ index, l1Block, kind, from, raw }: L1Message, at: DifferencePlace): Uint8Array {
  const place = { index, l1Block };
  if (kind === "forced") return forcedMessageHash(place, from, raw);
  const { sender, to, value, gasLimit, data, deposit } = decoded(at, "deposit", () => decodeDeposit(raw));
  return depositMessageHash(place, { from: sender, to, mint: deposit?.mint ?? 0n, value, gasLimit, data });
}
