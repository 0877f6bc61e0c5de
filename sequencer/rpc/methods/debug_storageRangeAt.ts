import { z } from "zod";
import { bytesToHex, padTo32 } from "../../../protocol/index.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { address, bytes, smallQuantity } from "../schema/hex.ts";
import { callScene } from "../trace/callScene.ts";

/** More are to be had with the answer's `nextKey`. */
const MAX_SLOTS = 4096;

/**
 * A contract's slots by the order of their hashes. As in geth they are those before the block's transactions, whichever
 * transaction is named; `key` is null, for only hashes are known.
 */
export const debug_storageRangeAt = defineMethod({
  name: "debug_storageRangeAt",
  summary: "Slots of a contract by the order of their hashes",
  params: z.tuple([
    blockSelector(),
    smallQuantity("txIndex"),
    address(),
    bytes().describe("keyStart"),
    smallQuantity("maxResult"),
  ]),
  handler: async (context, [selector, index, account, start, maxResult], { client }) => {
    const { scene } = await callScene(context, selector, index);
    const range = await context.readers.run(
      "storageRange",
      { state: scene.state, address: account, start, count: Math.min(maxResult, MAX_SLOTS) },
      { timeoutMs: context.limits.callMs, client },
    );
    if (range === undefined) return { storage: null, nextKey: null };
    const storage = range.slots.map(({ hash, value }) => [
      bytesToHex(hash),
      { key: null, value: bytesToHex(padTo32(value)) },
    ]);
    return {
      storage: Object.fromEntries(storage),
      nextKey: range.next === undefined ? null : bytesToHex(range.next),
    };
  },
});
