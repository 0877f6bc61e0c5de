import { z } from "zod";
import { address } from "../../rpc/schema/hex.ts";
import { devMethod } from "./devMethod.ts";
import { flag } from "./schema.ts";

export const impersonateMethods = [
  ...devMethod({
    names: ["anvil_impersonateAccount", "hardhat_impersonateAccount"],
    summary: "eth_sendTransaction sends for that account without its key, contracts too",
    params: z.tuple([address()]),
    handler: async (dev, [account]) => {
      await dev.impersonation.start(account);
      return null;
    },
  }),
  ...devMethod({
    names: ["anvil_stopImpersonatingAccount", "hardhat_stopImpersonatingAccount"],
    summary: "Ends the impersonation of an account",
    params: z.tuple([address()]),
    handler: async (dev, [account]) => {
      await dev.impersonation.stop(account);
      return null;
    },
  }),
  ...devMethod({
    names: ["anvil_autoImpersonateAccount"],
    summary: "Whether eth_sendTransaction sends for every account",
    params: z.tuple([flag("enabled")]),
    handler: async (dev, [enabled]) => {
      await dev.impersonation.all(enabled);
      return null;
    },
  }),
];
