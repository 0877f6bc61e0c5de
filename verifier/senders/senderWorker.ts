import { parentPort } from "node:worker_threads";
import { DecodeError, decodeTransaction, InvariantError } from "../../protocol/index.ts";
import type { SendersFound, SendersWanted } from "./senderMessages.ts";

const port = parentPort;
if (port === null) throw new InvariantError("senders are recovered in a worker thread");

port.on("message", ({ id, raws }: SendersWanted) => {
  const found: SendersFound = { id, senders: raws.map(senderOf) };
  port.postMessage(found);
});

function senderOf(raw: Uint8Array): Uint8Array | undefined {
  try {
    return decodeTransaction(raw).sender;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
