/** The base-fee floor of L2 assumes what a batch costs on L1 besides its bytes: here the contracts say it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../infra/index.ts";
import { L1_COST } from "../protocol/index.ts";
import { startTestStack, type TestStack } from "../test/support/stack.ts";
import { calldataHash, createBatchChain, DATA } from "./settlement/batchChain.ts";
import { createFixture, type Fixture, SETTINGS } from "./settlement/settlementFixture.ts";

let stack: TestStack;
let fixture: Fixture;
beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  fixture = await createFixture(stack.l1Url, DEV_MNEMONIC);
});
afterAll(() => stack?.stop());

test("commit, proof and finalization of a batch take no more L1 gas than the floor assumes", async () => {
  const { accounts, contracts, sends, passes } = fixture;
  const batches = createBatchChain(fixture);
  // The first batch writes slots that all later ones only change.
  await batches.prove(await batches.commit());
  const header = await batches.next();
  const committed = await sends(accounts.sequencer, batches.commitCall(header));
  const batch = await batches.committed(header, calldataHash(DATA));
  const proven = await batches.prove(batch);
  await passes(SETTINGS.finalizationPeriodSeconds);
  const finalize = { ...contracts.rollup, functionName: "finalizeBatch", args: [batch.header.number] };
  const finalized = await sends(accounts.stranger, finalize);
  const gas = committed.gasUsed + proven.gasUsed + finalized.gasUsed;
  expect(gas).toBeLessThan(L1_COST.batchGas);
  expect(gas).toBeGreaterThan(L1_COST.batchGas / 2n);
});
