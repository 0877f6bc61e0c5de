import { z } from "zod";
import type { DevAccess } from "../devAccess.ts";
import { devStatus } from "../devCommand.ts";
import { devMethod } from "./devMethod.ts";
import { count, flag } from "./schema.ts";

const mineOptions = z
  .union([
    count("timestamp").transform((timestamp): MineOptions => ({ timestamp })),
    z.object({ blocks: count("blocks").optional(), timestamp: count("timestamp").optional() }),
  ])
  .describe("options");

interface MineOptions {
  blocks?: number | undefined;
  timestamp?: number | undefined;
}

export async function statusOf(dev: DevAccess) {
  return devStatus.parse(await dev.run({ kind: "status" }));
}

export const miningMethods = [
  ...devMethod({
    names: ["evm_mine"],
    summary: "Makes a block now, at a timestamp if given, or several; always answers 0x0",
    params: z.tuple([mineOptions.optional()]),
    handler: async (dev, [options]) => {
      const given: MineOptions = options ?? {};
      const at = given.timestamp === undefined ? {} : { timestamp: given.timestamp };
      await dev.run({ kind: "mine", blocks: given.blocks ?? 1, ...at });
      return "0x0";
    },
  }),
  ...devMethod({
    names: ["anvil_mine", "hardhat_mine"],
    summary: "Makes so many blocks, so many seconds apart",
    params: z.tuple([count("blocks").optional(), count("interval").optional()]),
    handler: (dev, [blocks, interval]) =>
      dev.run({ kind: "mine", blocks: blocks ?? 1, ...(interval === undefined ? {} : { interval }) }),
  }),
  ...devMethod({
    names: ["anvil_setAutomine", "evm_setAutomine"],
    summary: "Whether a transaction is put into a block as soon as it is there",
    params: z.tuple([flag("enabled")]),
    handler: async (dev, [enabled]) => {
      const { automine } = await statusOf(dev);
      if (automine === enabled) return null;
      // Turning off what is off leaves the interval alone.
      return dev.run({ kind: "setMode", mode: { kind: enabled ? "auto" : "manual" } });
    },
  }),
  ...devMethod({
    names: ["anvil_getAutomine", "hardhat_getAutomine"],
    summary: "Whether transactions are put into blocks as they come",
    params: z.tuple([]),
    handler: async (dev) => (await statusOf(dev)).automine,
  }),
  ...devMethod({
    names: ["anvil_setIntervalMining", "evm_setIntervalMining"],
    summary: "Makes a block every so many seconds; 0 makes none",
    params: z.tuple([count("seconds")]),
    handler: (dev, [seconds]) =>
      dev.run({ kind: "setMode", mode: seconds === 0 ? { kind: "manual" } : { kind: "interval", seconds } }),
  }),
  ...devMethod({
    names: ["anvil_getIntervalMining"],
    summary: "Seconds between blocks; null unless they come at an interval",
    params: z.tuple([]),
    handler: async (dev) => (await statusOf(dev)).intervalMining,
  }),
];
