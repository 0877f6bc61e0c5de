import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareAnswer, readExchanges } from "./exchanges.ts";
import { type ServedChain, serveChain } from "./servedChain.ts";

/**
 * The exchanges of a client, over our own server: BRAID_TEST_EXECUTION_APIS names a folder with genesis.json, chain.rlp and a
 * folder of .io files a method, as the execution APIs publish them; BRAID_TEST_EXCHANGES the methods, separated by commas.
 */
const folder = process.env["BRAID_TEST_EXECUTION_APIS"];
const wanted = process.env["BRAID_TEST_EXCHANGES"]?.split(",");

if (folder === undefined) {
  describe.skip("recorded exchanges: BRAID_TEST_EXECUTION_APIS names no folder of them", () =>
    test("skipped"));
} else {
  let served: ServedChain;
  beforeAll(async () => {
    served = await serveChain({ genesis: join(folder, "genesis.json"), chain: join(folder, "chain.rlp") });
  }, 600_000);
  afterAll(() => served?.stop());

  describe("recorded exchanges", () => {
    for (const { name, specOnly, exchanges } of readExchanges(folder, wanted)) {
      test(name, async () => {
        const wrong: string[] = [];
        for (const { request, response } of exchanges) {
          const answer = await served.send(request);
          wrong.push(...compareAnswer(answer, response, specOnly).map((one) => `${request.method}: ${one}`));
        }
        if (wrong.length > 0) expect.fail(wrong.join("\n"));
      });
    }
  });
}
