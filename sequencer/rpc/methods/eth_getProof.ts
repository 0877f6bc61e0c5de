import { z } from "zod";
import { requireHeader } from "../blocks/resolveBlock.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { invalidParams } from "../json-rpc/rpcError.ts";
import { formatProof } from "../proof/formatProof.ts";
import { blockSelector } from "../schema/blockSelector.ts";
import { address, storageSlot } from "../schema/hex.ts";

export const eth_getProof = defineMethod({
  name: "eth_getProof",
  summary: "Merkle proofs of an account and of storage slots (EIP-1186)",
  params: z.tuple([address(), z.array(storageSlot()).describe("storageKeys"), blockSelector().optional()]),
  limits: ["proofKeys"],
  handler: async (context, [account, keys, block], { client }) => {
    if (keys.length > context.limits.proofKeys) {
      throw invalidParams(`too many slots (max ${context.limits.proofKeys})`);
    }
    const { header } = await requireHeader(context, block ?? { tag: "latest" });
    const proof = await context.readers.run(
      "proof",
      { stateRoot: header.stateRoot, address: account, slots: keys.map(({ slot }) => slot) },
      { timeoutMs: context.limits.callMs, client },
    );
    return formatProof(account, proof, keys);
  },
});
