import { z } from "zod";
import { address, hash } from "../../rpc/schema/hex.ts";
import { devMethod } from "./devMethod.ts";
import { amount } from "./schema.ts";

export const environmentMethods = [
  ...devMethod({
    names: ["anvil_setNextBlockBaseFeePerGas", "hardhat_setNextBlockBaseFeePerGas"],
    summary: "Base fee of the next block; the one after follows from it by the chain's rule",
    params: z.tuple([amount("baseFeePerGas")]),
    handler: (dev, [baseFeePerGas]) => dev.run({ kind: "override", baseFeePerGas }),
  }),
  ...devMethod({
    names: ["hardhat_setPrevRandao"],
    summary: "prevRandao of the next block",
    params: z.tuple([hash("prevRandao")]),
    handler: (dev, [prevRandao]) => dev.run({ kind: "override", prevRandao }),
  }),
  ...devMethod({
    names: ["anvil_setCoinbase", "hardhat_setCoinbase"],
    summary: "Who is paid the tips, from the next block on",
    params: z.tuple([address()]),
    handler: (dev, [coinbase]) => dev.run({ kind: "override", coinbase }),
  }),
  ...devMethod({
    names: ["anvil_setBlockGasLimit", "evm_setBlockGasLimit"],
    summary: "Gas limit from the next block on",
    params: z.tuple([amount("gasLimit", 63)]),
    handler: async (dev, [gasLimit]) => {
      await dev.run({ kind: "override", gasLimit });
      return true;
    },
  }),
];
