import { z } from "zod";
import { devMethod } from "./devMethod.ts";
import { count } from "./schema.ts";

export const snapshotMethods = [
  ...devMethod({
    names: ["anvil_snapshot", "evm_snapshot"],
    summary: "Remembers the chain as it is; the answer is for evm_revert",
    params: z.tuple([]),
    handler: (dev) => dev.run({ kind: "snapshot" }),
  }),
  ...devMethod({
    names: ["anvil_revert", "evm_revert"],
    summary: "Goes back to a snapshot and forgets it and those after it; false when there is none",
    params: z.tuple([count("snapshot")]),
    handler: (dev, [id]) => dev.run({ kind: "revert", id }),
  }),
  ...devMethod({
    names: ["anvil_rollback"],
    summary: "Takes back so many blocks, one when left out",
    params: z.tuple([count("depth").optional()]),
    handler: (dev, [depth]) => dev.run({ kind: "rollback", depth: depth ?? 1 }),
  }),
  ...devMethod({
    names: ["anvil_reset", "hardhat_reset"],
    summary: "Goes back to the genesis block, with an empty pool and the machine's time",
    params: z.tuple([]),
    handler: (dev) => dev.run({ kind: "reset" }),
  }),
];
