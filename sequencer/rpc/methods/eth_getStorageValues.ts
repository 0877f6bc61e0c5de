import { z } from "zod";
import { bytesToHex, padTo32 } from "../../../protocol/index.ts";
import { withState } from "../blocks/stateAt.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { invalidParams, RpcError } from "../json-rpc/rpcError.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { storageRequests } from "../schema/storageRequests.ts";

/** geth's bound, and its code for what a client asks too much of. */
const MAX_SLOTS = 1024;
const CLIENT_LIMIT_EXCEEDED = -38026;

export const eth_getStorageValues = defineMethod({
  name: "eth_getStorageValues",
  summary: "Values of storage slots of several accounts, 32 bytes each, all at one block",
  params: z.tuple([storageRequests(), blockSelector().optional()]),
  handler: (context, [requests, block]) => {
    const slots = requests.reduce((sum, request) => sum + request.slots.length, 0);
    if (slots === 0) throw invalidParams("empty request");
    if (slots > MAX_SLOTS) throw new RpcError(CLIENT_LIMIT_EXCEEDED, `too many slots (max ${MAX_SLOTS})`);
    return withState(context, block, (state) =>
      Object.fromEntries(
        requests.map(({ address, key, slots }) => [
          key,
          slots.map((slot) => bytesToHex(padTo32(state.storage(address, slot)))),
        ]),
      ),
    );
  },
});
