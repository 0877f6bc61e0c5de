import { bytesEqual, bytesToHex } from "../../protocol/index.ts";
import { openReplay, type Replay, type ReplayRun, type TransactionResult } from "./openReplay.ts";
import type { ReplayInput } from "./replayInput.ts";

export interface ReplayOptions {
  /** Also run in that many lanes; 1: only inline. */
  lanes: number;
  /** Runs for each lane count; the fastest is kept, all are compared. */
  repeat: number;
}

export interface ReplayResult {
  input: ReplayInput;
  /** In one lane, then in several. */
  runs: ReplayRun[];
  /** What is not as it should be, for a person; empty when all is well. */
  differences: string[];
}

const TRANSACTIONS_NAMED = 10;

/**
 * Runs a block in one lane and in several, from the same state, in a store that is gone afterwards. Nothing may
 * differ: not between runs, and not from what the block's header says where it says it.
 */
export async function replayBlock(input: ReplayInput, options: ReplayOptions): Promise<ReplayResult> {
  const { lanes, repeat } = options;
  const replay = await openReplay(input, { maxLanes: lanes });
  try {
    const differences = new Set<string>();
    const inline = await runs(replay, 1, repeat);
    const reference = inline[0];
    const all = lanes > 1 ? [inline, await runs(replay, lanes, repeat)] : [inline];
    for (const run of all.flat()) {
      for (const difference of differencesFromHeader(run, input)) differences.add(difference);
      if (reference === undefined) continue;
      for (const difference of differencesBetween(reference, run)) differences.add(difference);
    }
    return { input, runs: all.flatMap((group) => fastest(group) ?? []), differences: [...differences] };
  } finally {
    await replay.close();
  }
}

async function runs(replay: Replay, lanes: number, count: number): Promise<ReplayRun[]> {
  const made: ReplayRun[] = [];
  for (let i = 0; i < count; i++) made.push(await replay.run({ lanes }));
  return made;
}

function fastest(group: ReplayRun[]): ReplayRun | undefined {
  return group.reduce<ReplayRun | undefined>(
    (best, run) => (best === undefined || totalMs(run) < totalMs(best) ? run : best),
    undefined,
  );
}

/** From the recovered transactions to the roots. */
export function totalMs({ ms }: ReplayRun): number {
  return ms.plan + ms.execute + ms.receipts + ms.root;
}

export interface HeaderMatch {
  gasUsed: boolean | undefined;
  receiptsRoot: boolean | undefined;
  logsBloom: boolean | undefined;
}

/** Whether the run gives what the block's header says; undefined where it says nothing. */
export function matchHeader(run: ReplayRun, { header }: ReplayInput): HeaderMatch {
  const same = (a: Uint8Array, b: Uint8Array | undefined) => (b === undefined ? undefined : bytesEqual(a, b));
  return {
    gasUsed: header.gasUsed === undefined ? undefined : run.gasUsed === header.gasUsed,
    receiptsRoot: same(run.receiptsRoot, header.receiptsRoot),
    logsBloom: same(run.logsBloom, header.logsBloom),
  };
}

function differencesFromHeader(run: ReplayRun, input: ReplayInput): string[] {
  const { header, expectedPostStateRoot: expected } = input;
  const match = matchHeader(run, input);
  const found: string[] = [];
  const note = (name: string, actual: unknown, wanted: unknown) =>
    found.push(`${inLanes(run)}: ${name} ${actual}, the header says ${wanted}`);
  if (match.gasUsed === false) note("gas used", run.gasUsed, header.gasUsed);
  if (match.receiptsRoot === false) {
    note("receipts root", bytesToHex(run.receiptsRoot), bytesToHex(header.receiptsRoot ?? new Uint8Array(0)));
  }
  if (match.logsBloom === false) found.push(`${inLanes(run)}: the logs bloom is not the header's`);
  if (expected !== undefined && !bytesEqual(run.partialPostStateRoot, expected)) {
    const root = bytesToHex(run.partialPostStateRoot);
    found.push(`${inLanes(run)}: partial post root ${root}, expected ${bytesToHex(expected)}`);
  }
  return found;
}

function differencesBetween(reference: ReplayRun, run: ReplayRun): string[] {
  const found: string[] = [];
  const note = (what: string) => found.push(`${inLanes(run)} and ${inLanes(reference)} differ in ${what}`);
  const wrong = run.transactions.flatMap((result, i) =>
    sameResult(result, reference.transactions[i]) ? [] : [i],
  );
  if (wrong.length > 0) {
    const rest = wrong.length > TRANSACTIONS_NAMED ? " …" : "";
    note(`${wrong.length} transactions: ${wrong.slice(0, TRANSACTIONS_NAMED).join(", ")}${rest}`);
  }
  if (run.gasUsed !== reference.gasUsed) note("gas used");
  if (!bytesEqual(run.receiptsRoot, reference.receiptsRoot)) note("the receipts root");
  if (!bytesEqual(run.logsBloom, reference.logsBloom)) note("the logs bloom");
  if (!bytesEqual(run.partialPostStateRoot, reference.partialPostStateRoot)) note("the partial post root");
  return found;
}

function sameResult(a: TransactionResult, b: TransactionResult | undefined): boolean {
  if (a.kind === "skipped" || b === undefined || b.kind === "skipped") {
    return a.kind === "skipped" && b?.kind === "skipped" && a.reason === b.reason;
  }
  return a.status === b.status && a.gasUsed === b.gasUsed && bytesEqual(a.logsHash, b.logsHash);
}

function inLanes({ lanes }: ReplayRun): string {
  return lanes === 1 ? "one lane" : `${lanes} lanes`;
}
