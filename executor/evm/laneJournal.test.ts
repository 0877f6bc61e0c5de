import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM, type EVM } from "@ethereumjs/evm";
import { Account, Address } from "@ethereumjs/util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex } from "../../protocol/index.ts";
import { LaneJournal } from "./laneJournal.ts";
import { MemoryState } from "./testSupport/memoryState.ts";

type Face = Pick<EVM["journal"], keyof EVM["journal"]>;

/** Addresses 1 to 5, RIPEMD-160's among them; slots 0 to 2. */
type Step =
  | { kind: "checkpoint" | "commit" | "revert" | "cleanup" }
  | { kind: "warm" | "always" | "putEmpty" | "putRich" | "delete"; address: number }
  | { kind: "warmSlot" | "alwaysSlot"; address: number; slot: number };

const address = fc.integer({ min: 1, max: 5 });
const slot = fc.integer({ min: 0, max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("checkpoint" as const, "commit" as const, "revert" as const) }),
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("warm" as const, "putEmpty" as const), address }),
  },
  fc.record({ kind: fc.constantFrom("always" as const, "putRich" as const, "delete" as const), address }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("warmSlot" as const, "alwaysSlot" as const),
      address,
      slot,
    }),
  },
);

function at(low: number): Address {
  return new Address(new Uint8Array(20).fill(low, 19));
}

function slotAt(low: number): Uint8Array {
  return new Uint8Array(32).fill(low, 31);
}

async function apply(journal: Face, one: Step, report: boolean): Promise<void> {
  switch (one.kind) {
    case "checkpoint":
    case "commit":
    case "revert":
    case "cleanup":
      return journal[one.kind]();
    case "warm":
      return journal.addWarmedAddress(at(one.address).bytes);
    case "always":
      return journal.addAlwaysWarmAddress(at(one.address).toString(), report);
    case "putEmpty":
      return journal.putAccount(at(one.address), new Account());
    case "putRich":
      return journal.putAccount(at(one.address), new Account(0n, 1n));
    case "delete":
      return journal.deleteAccount(at(one.address));
    case "warmSlot":
      return journal.addWarmedStorage(at(one.address).bytes, slotAt(one.slot));
    case "alwaysSlot":
      return journal.addAlwaysWarmSlot(at(one.address).toString(), bytesToHex(slotAt(one.slot)), report);
  }
}

async function seenIn(journal: Face, state: MemoryState): Promise<unknown> {
  const seen: unknown[] = [];
  for (let low = 1; low <= 5; low++) {
    seen.push(journal.isWarmedAddress(at(low).bytes), (await state.getAccount(at(low)))?.balance);
    for (let s = 0; s <= 2; s++) seen.push(journal.isWarmedStorage(at(low).bytes, slotAt(s)));
  }
  const list = [...(journal.accessList ?? [])].map(([key, slots]) => [key, [...slots].sort()]);
  return { seen, list: list.sort() };
}

/** Ends every checkpoint that was begun and ends none that was not. */
function balanced(steps: Step[]): Step[] {
  let depth = 0;
  const kept = steps.filter(({ kind }) => {
    if (kind === "checkpoint") depth++;
    else if (kind === "commit" || kind === "revert") {
      if (depth === 0) return false;
      depth--;
    }
    return true;
  });
  return [
    ...kept,
    ...Array.from({ length: depth }, () => ({ kind: "commit" as const })),
    { kind: "cleanup" },
  ];
}

describe("the lanes' journal", () => {
  it("is EthereumJS's journal after any sequence of its operations", async () => {
    const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, report) => {
        const states = [new MemoryState(), new MemoryState()] as const;
        const stock: Face = (await createEVM({ common, stateManager: states[0] })).journal;
        const ours: Face = new LaneJournal(states[1], common);
        if (report) for (const journal of [stock, ours]) journal.startReportingAccessList();
        for (const one of balanced(steps)) {
          await apply(stock, one, report);
          await apply(ours, one, report);
          expect(await seenIn(ours, states[1])).toEqual(await seenIn(stock, states[0]));
        }
      }),
      { numRuns: 300 },
    );
  });
});
