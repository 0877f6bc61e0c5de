import { zeroAddress, zeroHash } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEV_MNEMONIC } from "../../infra/index.ts";
import { startTestStack, type TestStack } from "../../test/support/stack.ts";
import { createBatchChain, DATA } from "./batchChain.ts";
import { createL2State } from "./l2State.ts";
import { createFixture, type Fixture, SETTINGS } from "./settlementFixture.ts";

const PERIOD = SETTINGS.finalizationPeriodSeconds;

let stack: TestStack;
let fixture: Fixture;

beforeAll(async () => {
  stack = await startTestStack({ anvil: true });
  fixture = await createFixture(stack.l1Url, DEV_MNEMONIC);
});
afterAll(() => stack?.stop());

test("knows the outputs of wallets that look for a block", async () => {
  const { reader, contracts } = fixture;
  const batches = createBatchChain(fixture);
  const state = await createL2State([]);
  const read = (functionName: string, args: readonly unknown[] = []) =>
    reader.readContract({ ...contracts.rollup, functionName, args } as never) as Promise<unknown>;
  const refused = (functionName: string, args: readonly unknown[]) =>
    fixture.refuses(fixture.accounts.user, { ...contracts.rollup, functionName, args });
  expect(await refused("getL2OutputIndexAfter", [1n])).toMatch(/block that has not been proposed/);
  expect(await refused("getL2OutputIndexAfter", [0n])).toMatch(/no outputs have been proposed yet/);
  expect(await read("latestOutputIndex")).toBe(0n);
  const start = { outputRoot: zeroHash, timestamp: await read("startingTimestamp"), l2BlockNumber: 0n };
  expect(await read("getL2Output", [0n])).toEqual(start);
  expect(await refused("getL2Output", [1n])).toBe("UnknownOutput(1,0)");
  for (let i = 0; i < 5; i++) await batches.prove(await batches.commit(state.header, DATA));
  await batches.commit();
  const wanted = [0n, 1n, 5n, 6n, 10n, 11n, 25n];
  const indexes = await Promise.all(wanted.map((block) => read("getL2OutputIndexAfter", [block])));
  expect(indexes).toEqual([0n, 0n, 0n, 1n, 1n, 2n, 4n]);
  expect(await refused("getL2OutputIndexAfter", [26n])).toMatch(/block that has not been proposed/);
  expect(await read("getL2OutputAfter", [7n])).toMatchObject({ l2BlockNumber: 10n });
  expect(await read("latestBlockNumber")).toBe(25n);
  expect(await read("latestOutputIndex")).toBe(4n);
  expect(await read("nextOutputIndex")).toBe(5n);
  expect(await read("nextBlockNumber")).toBe(26n);
  expect(await read("startingBlockNumber")).toBe(0n);
  expect(await read("startingTimestamp")).toBeGreaterThan(0n);
  expect(await read("FINALIZATION_PERIOD_SECONDS")).toBe(BigInt(PERIOD));
  expect(await read("SUBMISSION_INTERVAL")).toBe(12n);
  expect(await read("L2_BLOCK_TIME")).toBe(1n);
  expect(await reader.readContract({ ...contracts.portal, functionName: "l2Oracle" })).not.toBe(zeroAddress);
});
