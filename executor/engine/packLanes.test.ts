import fc from "fast-check";
import { expect, test } from "vitest";
import { components } from "./dependencies.ts";
import { packLanes } from "./packLanes.ts";

const free = { coordinatorLoad: 0, laneOverhead: 0, coordinatorOverhead: 0 };

test("independent transactions are shared out evenly", () => {
  const needs = Array.from({ length: 12 }, () => []);
  const groups = needs.map((_, i) => [i]);
  const weights = needs.map((_, i) => 10 + i);
  const { lanes, makespan } = packLanes(groups, needs, 3, { ...free, weights });
  expect(lanes.flat().sort((a, b) => a - b)).toEqual(needs.map((_, i) => i));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  expect(makespan).toBeLessThan((total / 3) * 1.15);
});

test("what many need is rehearsed where it is needed, what only a chain needs is not", () => {
  // 0 is read by all; 1 to 8 need nothing else.
  const star = [[], [0], [0], [0], [0], [0], [0], [0], [0]];
  const weights = [5, ...new Array<number>(8).fill(100)];
  const packed = packLanes([star.map((_, i) => i)], star, 4, { ...free, weights });
  expect(packed.makespan).toBeLessThan(220);
  const withRoot = packed.lanes.filter((lane) => lane.includes(0));
  expect(withRoot.length).toBeGreaterThan(2);
  const chain = [[], [0], [1], [2], [3]];
  const one = packLanes([[0, 1, 2, 3, 4]], chain, 4, { ...free, weights: [9, 9, 9, 9, 9] });
  expect(one.lanes.filter((lane) => lane.length > 0)).toHaveLength(1);
});

test("the coordinator's other work counts", () => {
  const needs = [[], [], []];
  const { laneOf } = packLanes([[0], [1], [2]], needs, 2, {
    ...free,
    coordinatorLoad: 1000,
    weights: [10, 10, 10],
  });
  expect(laneOf).toEqual([1, 1, 1]);
});

test("every lane has what its transactions need, whatever the graph", () => {
  const graph = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(
      graph,
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.integer({ min: 1, max: 99 })),
      (raw, n, w) => {
        const needs = raw.map((targets, i) => (i === 0 ? [] : [...new Set(targets.map((t) => t % i))]));
        const all = needs.map((_, i) => i);
        const weights = all.map((i) => w[i % Math.max(1, w.length)] ?? 7);
        const groups = components(needs, all);
        const { laneOf, lanes } = packLanes(groups, needs, n, { ...free, weights });
        expect(groups.flat().sort((a, b) => a - b)).toEqual(all);
        for (const index of all) {
          const lane = laneOf[index] ?? -1;
          expect(lanes[lane]).toContain(index);
          if (lane === 0) continue;
          for (const needed of needs[index] ?? []) expect(lanes[lane]).toContain(needed);
        }
        for (const lane of lanes) expect(lane).toEqual([...lane].sort((a, b) => a - b));
      },
    ),
    { numRuns: 300 },
  );
});
