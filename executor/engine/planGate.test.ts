import { expect, test } from "vitest";
import { PlanGate } from "./planGate.ts";

/** Which of the next blocks are planned, when every plan finds `worthwhile`. */
function planned(gate: PlanGate, blocks: number, worthwhile: boolean): boolean[] {
  return Array.from({ length: blocks }, () => {
    const opens = gate.opens();
    if (opens) gate.note(worthwhile);
    return opens;
  });
}

test("plans that pay are made for every block", () => {
  expect(planned(new PlanGate(), 5, true)).toEqual([true, true, true, true, true]);
});

test("plans that do not pay are made ever more seldom, but never stop", () => {
  const gate = new PlanGate();
  const made = planned(gate, 40, false).flatMap((opens, block) => (opens ? block : []));
  expect(made).toEqual([0, 2, 6, 14, 22, 30, 38]);
  while (!gate.opens());
  gate.note(true);
  expect(planned(gate, 3, true)).toEqual([true, true, true]);
});
