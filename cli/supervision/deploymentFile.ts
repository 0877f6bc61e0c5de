import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const deployment = z.object({
  l1: z.object({
    rpcUrl: z.string(),
    chainId: z.number(),
    contracts: z.record(z.string(), z.string()),
  }),
});

export type Deployment = z.infer<typeof deployment>;

/** What the sequencer wrote about its contracts; `undefined` when there is none (yet). */
export function readDeployment(dataDir: string): Deployment | undefined {
  try {
    return deployment.parse(JSON.parse(readFileSync(join(dataDir, "deployment.json"), "utf8")));
  } catch {
    return undefined;
  }
}
