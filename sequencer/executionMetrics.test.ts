import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { generatedBlock } from "./chain-store/testing/generatedChain.ts";
import { createExecutionMetrics } from "./executionMetrics.ts";

const transfer = { logs: [], creates: false, status: 1 as const };

/** `name{labels}` → value. */
async function valuesOf(registry: Registry): Promise<Map<string, number>> {
  const lines = (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

test("a block's execution is counted", async () => {
  const registry = new Registry();
  const metrics = createExecutionMetrics(registry);
  const genesis = generatedBlock(undefined, []);
  // Transactions 1 and 5 ran twice, 1 because of a slot and 5 because of a nonce; 1 and 4 declared too little.
  metrics.blockExecuted(
    generatedBlock(
      genesis,
      Array.from({ length: 6 }, () => transfer),
    ),
  );
  metrics.shadowDiffered();
  const values = await valuesOf(registry);
  expect(Object.fromEntries([...values].filter(([name]) => !name.includes("bucket")))).toMatchObject({
    'braid_blocks_executed_total{mode="lanes"}': 1,
    'braid_lane_busy_seconds_total{lane="0"}': 0.00025,
    'braid_lane_busy_seconds_total{lane="1"}': 1 / 3 / 1000,
    braid_reexecutions_total: 2,
    braid_reexecuted_gas_total: 42_000,
    'braid_conflicts_total{field="storage"}': 1,
    'braid_conflicts_total{field="nonce"}': 1,
    'braid_declared_lists_total{verdict="absent"}': 4,
    'braid_declared_lists_total{verdict="too narrow"}': 2,
    braid_shadow_blocks_total: 1,
    braid_shadow_differences_total: 1,
    braid_block_critical_path_ratio_sum: 1 / 3,
    'braid_block_phase_seconds_sum{phase="root"}': 0.002,
  });
});

test("a block on the coordinator alone is inline, and an empty one has no critical path", async () => {
  const registry = new Registry();
  const metrics = createExecutionMetrics(registry);
  const genesis = generatedBlock(undefined, []);
  metrics.blockExecuted(generatedBlock(genesis, [transfer]));
  metrics.blockExecuted(genesis);
  const values = await valuesOf(registry);
  expect(values.get('braid_blocks_executed_total{mode="inline"}')).toBe(2);
  expect(values.get("braid_block_critical_path_ratio_count")).toBe(1);
  expect(values.get("braid_shadow_differences_total")).toBe(0);
});
