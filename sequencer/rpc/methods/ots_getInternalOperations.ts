import { z } from "zod";
import { defineMethod } from "../json-rpc/method.ts";
import { hash } from "../schema/hex.ts";
import { type CallFrame, callFramesOf, framesInOrder } from "../trace/callFrames.ts";

/** Otterscan's numbers. */
const TRANSFER = 0;
const SELF_DESTRUCT = 1;
const CREATE = 2;
const CREATE2 = 3;

function operationOf({ type, value }: CallFrame): number | undefined {
  switch (type) {
    case "CALL":
      return value === undefined || value === "0x0" ? undefined : TRANSFER;
    case "SELFDESTRUCT":
      return SELF_DESTRUCT;
    case "CREATE":
      return CREATE;
    case "CREATE2":
      return CREATE2;
    default:
      return undefined;
  }
}

export const ots_getInternalOperations = defineMethod({
  name: "ots_getInternalOperations",
  summary: "Transfers, creations and self-destructions inside a mined transaction",
  params: z.tuple([hash("transactionHash")]),
  handler: async (context, [transactionHash], caller) => {
    const root = await callFramesOf(context, caller, transactionHash);
    return [...framesInOrder(root)].flatMap(({ frame, depth }) => {
      const type = depth === 0 ? undefined : operationOf(frame);
      if (type === undefined) return [];
      const { from, to = null, value = "0x0" } = frame;
      return [{ type, from, to, value }];
    });
  },
});
