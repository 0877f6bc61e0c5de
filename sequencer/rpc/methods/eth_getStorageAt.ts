import { z } from "zod";
import { bytesToHex, padTo32 } from "../../../protocol/index.ts";
import { withState } from "../blocks/stateAt.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { address, storageSlot } from "../schema/hex.ts";

export const eth_getStorageAt = defineMethod({
  name: "eth_getStorageAt",
  summary: "Value of a storage slot, 32 bytes",
  params: z.tuple([address(), storageSlot(), blockSelector().optional()]),
  handler: (context, [account, { slot }, block]) =>
    withState(context, block, (state) => bytesToHex(padTo32(state.storage(account, slot)))),
});
