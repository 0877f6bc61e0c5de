import { z } from "zod";
import { withState } from "../blocks/stateAt.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { invalidParams } from "../json-rpc/rpcError.ts";
import { accountProof } from "../proof/accountProof.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { address, storageSlot } from "../schema/hex.ts";

export const eth_getProof = defineMethod({
  name: "eth_getProof",
  summary: "Merkle proofs of an account and of storage slots (EIP-1186)",
  params: z.tuple([address(), z.array(storageSlot()).describe("storageKeys"), blockSelector().optional()]),
  handler: async (context, [account, keys, block]) => {
    if (keys.length > context.limits.proofKeys) {
      throw invalidParams(`too many storage keys (max ${context.limits.proofKeys})`);
    }
    return withState(context, block, (state) => accountProof(context.state, state, account, keys));
  },
});
