import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { address, hash } from "../../rpc/schema/hex.ts";
import { devMethod } from "./devMethod.ts";

export const poolMethods = [
  ...devMethod({
    names: ["anvil_dropTransaction", "hardhat_dropTransaction"],
    summary: "Takes a transaction out of the pool; its hash, or null when it is not there",
    params: z.tuple([hash("transactionHash")]),
    handler: async (dev, [transactionHash]) => {
      const dropped = await dev.run({ kind: "drop", hash: transactionHash });
      return dropped === true ? bytesToHex(transactionHash) : null;
    },
  }),
  ...devMethod({
    names: ["anvil_dropAllTransactions"],
    summary: "Empties the pool",
    params: z.tuple([]),
    handler: async (dev) => {
      await dev.run({ kind: "dropAll" });
      return null;
    },
  }),
  ...devMethod({
    names: ["anvil_removePoolTransactions"],
    summary: "Takes an account's transactions out of the pool",
    params: z.tuple([address()]),
    handler: async (dev, [sender]) => {
      await dev.run({ kind: "dropAll", sender });
      return null;
    },
  }),
];
