import { z } from "zod";
import { devMethod } from "./devMethod.ts";
import { count } from "./schema.ts";

export const timeMethods = [
  ...devMethod({
    names: ["anvil_increaseTime", "evm_increaseTime"],
    summary: "Puts the clock forward by seconds; answers all that it is ahead of the machine's",
    params: z.tuple([count("seconds")]),
    handler: (dev, [seconds]) => dev.run({ kind: "increaseTime", seconds }),
  }),
  ...devMethod({
    names: ["anvil_setTime", "evm_setTime"],
    summary: "Sets the clock; answers by how many seconds it jumped ahead",
    params: z.tuple([count("timestamp")]),
    handler: (dev, [timestamp]) => dev.run({ kind: "setTime", timestamp }),
  }),
  ...devMethod({
    names: ["anvil_setNextBlockTimestamp", "evm_setNextBlockTimestamp"],
    summary: "Timestamp of the next block, from which the clock goes on",
    params: z.tuple([count("timestamp")]),
    handler: (dev, [timestamp]) => dev.run({ kind: "setNextTimestamp", timestamp }),
  }),
  ...devMethod({
    names: ["anvil_setBlockTimestampInterval"],
    summary: "Seconds from each block's timestamp to the next, whatever the clock says",
    params: z.tuple([count("seconds")]),
    handler: async (dev, [seconds]) => {
      await dev.run({ kind: "setTimestampInterval", seconds });
      return null;
    },
  }),
  ...devMethod({
    names: ["anvil_removeBlockTimestampInterval"],
    summary: "Ends anvil_setBlockTimestampInterval; whether there was one",
    params: z.tuple([]),
    handler: (dev) => dev.run({ kind: "setTimestampInterval" }),
  }),
];
