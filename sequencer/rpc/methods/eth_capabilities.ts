import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";

/**
 * Nothing is ever deleted: blocks stay in the chain store, trie nodes in the state store. Routers know a strategy for
 * logs from other nodes; ours is a window that holds every block there can be.
 */
const EVERY_BLOCK = quantity(Number.MAX_SAFE_INTEGER);

export const eth_capabilities = defineMethod({
  name: "eth_capabilities",
  summary: "Which data this node has, and from which block on",
  params: z.tuple([]),
  handler: ({ heads }) => {
    const { number, hash } = heads.heads().latest;
    const whole = { disabled: false, oldestBlock: "0x0" };
    return {
      head: { number: quantity(number), hash: bytesToHex(hash) },
      state: whole,
      tx: whole,
      logs: { ...whole, deleteStrategy: { type: "window", retentionBlocks: EVERY_BLOCK } },
      receipts: whole,
      blocks: whole,
      stateproofs: whole,
    };
  },
});
