import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { InProcessLanes } from "../../test/support/inProcessLanes.ts";
import { expectSameRun, expectStockRun, OracleChain } from "../../test/support/oracle.ts";
import { blockInput, blockSpec, CHAIN_ID, genesisAccounts } from "../../test/support/randomBlocks.ts";
import { braidRules } from "./chainRules.ts";
import { LaneVm } from "./laneVm.ts";

const LANES = 8;
const RUNS = Number(process.env["BRAID_PROPERTY_RUNS"] ?? 120);
let coordinator: LaneVm;
let vms: LaneVm[];

beforeAll(async () => {
  coordinator = await LaneVm.create(braidRules(CHAIN_ID));
  vms = await InProcessLanes.createVms(braidRules(CHAIN_ID), LANES);
});

/** Lanes as planned, and on any lanes at all, begun in time or not: a plan must never decide a result. */
test("a block in lanes is the block one transaction at a time, and EthereumJS's", async () => {
  const chain = new OracleChain(genesisAccounts());
  let reExecuted = 0;
  await fc.assert(
    fc.asyncProperty(blockSpec(14, 5), fc.array(fc.nat(LANES), { minLength: 19 }), async (spec, laneOf) => {
      const input = blockInput(spec);
      const inline = await chain.run(input, coordinator, []);
      await expectStockRun(inline, CHAIN_ID, chain.genesis, input);
      const planned = await chain.run(input, coordinator, vms.slice(0, 2 + (laneOf.length % (LANES - 1))));
      expectSameRun(planned, inline);
      const anyhow = await chain.run(input, coordinator, vms, (i) => laneOf[i] ?? 0);
      expectSameRun(anyhow, inline);
      const takesBack = (lane: number, task: number) =>
        (laneOf[(lane + task) % laneOf.length] ?? 0) % 3 === 0;
      expectSameRun(await chain.run(input, coordinator, vms, undefined, takesBack), inline);
      expectSameRun(await chain.run(input, coordinator, vms, (i) => laneOf[i] ?? 0, takesBack), inline);
      reExecuted += anyhow.reExecuted;
    }),
    { numRuns: RUNS },
  );
  expect(reExecuted).toBeGreaterThan(0);
}, 300_000);
