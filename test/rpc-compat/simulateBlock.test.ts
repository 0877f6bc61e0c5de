import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FORKS, type GeneratedChain, generateChain } from "./generatedChain.ts";
import { type ServedChain, serveChain } from "./servedChain.ts";
import { simulateBlock } from "./simulateBlock.ts";

describe("a block of a generated chain, simulated on its parent", () => {
  let made: GeneratedChain;
  let served: ServedChain;
  beforeAll(async () => {
    made = await generateChain();
    served = await serveChain(made.files);
  }, 120_000);
  afterAll(async () => {
    await served?.stop();
    if (made !== undefined) await rm(made.folder, { recursive: true, force: true });
  });

  // Miners of uncles are paid too, and the generated chain has no contracts that hand out requests.
  test("is the real one, under every fork from Byzantium to Cancun", async () => {
    let transactions = 0;
    for (let number = FORKS.byzantium; number < FORKS.prague; number++) {
      if ((made.blocks[number]?.uncleHeaders.length ?? 0) > 0) continue;
      const { real, simulated, transactions: ran } = await simulateBlock(served, number);
      expect(simulated, `block ${number}`).toEqual(real);
      transactions += ran;
    }
    expect(transactions).toBeGreaterThan(10);
  });

  test("fails where a contract that hands out requests is missing", async () => {
    await expect(simulateBlock(served, FORKS.prague)).rejects.toThrow(
      "failed to process withdrawal queue: empty system contract: no code at 0x00000961ef480eb55e80d19ad83579a64c007002",
    );
  });
});

const folder = process.env["BRAID_TEST_EXECUTION_APIS"];

describe.skipIf(folder === undefined)(
  "BRAID_TEST_EXECUTION_APIS names a chain: its blocks, simulated",
  () => {
    let served: ServedChain;
    beforeAll(async () => {
      const files = { genesis: join(folder ?? "", "genesis.json"), chain: join(folder ?? "", "chain.rlp") };
      served = await serveChain(files);
    }, 600_000);
    afterAll(() => served?.stop());

    test("every block from Byzantium on is the real one", async () => {
      const head = Number(await served.call("eth_blockNumber"));
      const first = Number(process.env["BRAID_TEST_FIRST_BLOCK"] ?? 9);
      for (let number = first; number <= head; number++) {
        const uncles = Number(
          await served.call("eth_getUncleCountByBlockNumber", `0x${number.toString(16)}`),
        );
        if (uncles > 0) continue;
        const { real, simulated } = await simulateBlock(served, number);
        expect(simulated, `block ${number}`).toEqual(real);
      }
    }, 300_000);
  },
);
