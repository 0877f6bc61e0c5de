import { join } from "node:path";
import { sharedData } from "../../test/support/sharedData.ts";
import { AllocState } from "../replay/allocState.ts";
import { readReplayFiles } from "../replay/replayInput.ts";
import type { ReadSet, WriteSet } from "./access.ts";
import { executeTransactions } from "./executeTransactions.ts";
import type { Key } from "./keys.ts";
import { LaneVm } from "./laneVm.ts";
import { noKnowledge, planOf } from "./plan.ts";
import { StateOverlay } from "./stateOverlay.ts";

/**
 * How well footprints are foretold, on real blocks: by running each transaction on the block's start state, as at its
 * admission, and by what was learned from the transactions before it in the block. Counts calls that use slots.
 * Run: npx tsx executor/engine/prediction.bench.ts
 */
const BLOCKS = [7279999, 11114732, 12300570, 13287210, 14029313, 15537394, 17666333, 19932703];

interface Score {
  /** Foretold at all. */
  foretold: number;
  /** All slots that were touched are among the foretold. */
  covered: number;
  /** Foretold to the slot, read or written. */
  exact: number;
  ms: number;
}

const nothing = (): Score => ({ foretold: 0, covered: 0, exact: 0, ms: 0 });

interface Touched {
  all: Set<Key>;
  written: Set<Key>;
}

function touchedBy(reads: ReadSet, writes: WriteSet): Touched {
  const written = new Set<Key>();
  for (const { key, slots } of writes.accounts) for (const { slot } of slots) written.add(key + slot);
  return { all: new Set(reads.slots.map(({ key, slot }) => key + slot)), written };
}

function judge(score: Score, foretold: Touched, actual: Touched): void {
  score.foretold++;
  const isWithin = (some: Set<Key>, others: Set<Key>) => [...some].every((key) => others.has(key));
  if (!isWithin(actual.all, foretold.all)) return;
  score.covered++;
  const sameWrites = foretold.written.size === actual.written.size;
  if (foretold.all.size === actual.all.size && sameWrites && isWithin(actual.written, foretold.written)) {
    score.exact++;
  }
}

function percent(count: number, of: number): string {
  return `${((100 * count) / Math.max(1, of)).toFixed(0)} %`;
}

async function measure(folder: string, number: number): Promise<void> {
  const file = (name: string) => join(folder, String(number), `${name}.json.gz`);
  const input = readReplayFiles({
    block: file("block"),
    prestate: file("prestate"),
    blockhashes: file("blockhashes"),
  });
  const state = new AllocState(input.alloc);
  const vm = await LaneVm.create(input.rules);
  const knowledge = noKnowledge();
  const engine = {
    vm,
    carrier: undefined,
    knowledge,
    plan: (transactions: readonly unknown[]) => planOf(transactions.map(() => 0)),
  };
  const { assembly } = await executeTransactions(engine, state, input.environment, input.transactions);
  const simulated = nothing();
  const learned = nothing();
  let calls = 0;
  const start = new StateOverlay(state);
  const { memory } = knowledge;
  for (const { transaction, outcome } of assembly.accepted) {
    if (outcome.reads.slots.length === 0) continue;
    calls++;
    const actual = touchedBy(outcome.reads, outcome.writes);
    const simulating = performance.now();
    const before = await vm.run(transaction, start, true);
    simulated.ms += performance.now() - simulating;
    if (before.kind === "done") judge(simulated, touchedBy(before.reads, before.writes), actual);
    const predicting = performance.now();
    const foretold = memory.predict(transaction);
    learned.ms += performance.now() - predicting;
    if (foretold !== undefined) {
      const { reads, writes } = foretold;
      judge(learned, { all: new Set([...reads, ...writes]), written: new Set(writes) }, actual);
    }
    memory.beginBlock();
    memory.learn(transaction, assembly.overlay, outcome.reads, outcome.writes);
  }
  const row = ({ foretold, covered, exact, ms }: Score) =>
    `foretold ${percent(foretold, calls)}, covering ${percent(covered, calls)}, exact ${percent(exact, calls)}, ` +
    `${((1000 * ms) / Math.max(1, calls)).toFixed(0)} µs each`;
  process.stdout.write(
    `${number}  ${calls} calls\n  simulated: ${row(simulated)}\n  learned:   ${row(learned)}\n`,
  );
}

const folder = sharedData("mainnet-blocks");
if (folder === undefined) process.stdout.write("the mainnet blocks are not here: nothing to measure\n");
else for (const number of BLOCKS) await measure(folder, number);
