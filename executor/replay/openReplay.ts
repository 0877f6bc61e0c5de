import { RLP } from "@ethereumjs/rlp";
import { BraidError, keccak256, type Log, orInto } from "../../protocol/index.ts";
import { encodeReceipt } from "../engine/encodeReceipt.ts";
import { type ExecutedTransactions, executeTransactions } from "../engine/executeTransactions.ts";
import { keyOf } from "../engine/keys.ts";
import { LaneVm } from "../engine/laneVm.ts";
import { describeParallelism } from "../engine/parallelism.ts";
import { noKnowledge, type Plan, type PlanKnowledge, planBlock, planOf } from "../engine/plan.ts";
import type { StateOverlay } from "../engine/stateOverlay.ts";
import { ThreadLanes } from "../engine/threadLanes.ts";
import type { LaneTransaction } from "../engine/vmTransaction.ts";
import { TrieCommitter } from "../trie/commitStateDiff.ts";
import { trieRootOfList } from "../trie/trieRootOfList.ts";
import type { Hint, ReplayInput } from "./replayInput.ts";
import { createReplayState, type ReplayState } from "./replayState.ts";
import type { ReplayTransaction } from "./replayTransaction.ts";
import { WatchedLanes } from "./watchedLanes.ts";

export interface ReplayRunOptions {
  /** The coordinator's is one of them; 1: it runs all. At most as many as the replay was opened for. */
  lanes: number;
  /** What the plan knows of each transaction beside its own list. Default: what the input says. */
  hints?: Hint[] | undefined;
  /** Instead of planning: the lane of each transaction, below `lanes`; 0 is the coordinator. */
  laneOf?: (index: number) => number;
  /** What earlier blocks taught. Default: nothing; what a run learns is added to it. */
  knowledge?: PlanKnowledge;
  /** Blocks of less estimated work run inline. Default 0: a replay is there to see lanes. Microseconds. */
  inlineBelowMicros?: number;
  /** False: each transaction stays with the lane that the plan gave it to, however late that begins. Default true. */
  takesBack?: boolean;
}

export type TransactionResult =
  | { kind: "done"; status: 0 | 1; gasUsed: bigint; logsHash: Uint8Array }
  | { kind: "skipped"; reason: string };

/** Milliseconds by phase. */
export interface ReplayTimes {
  recovery: number;
  plan: number;
  /** Lanes, validation and what the coordinator runs; they overlap. */
  execute: number;
  /** Part of `execute`: judging and taking what the lanes propose. */
  validate: number;
  /** Receipts root and bloom. */
  receipts: number;
  /** State diff and state root. */
  root: number;
}

/** What came out. Hashes and roots have 32 bytes. */
export interface ReplayRun {
  lanes: number;
  /** Lanes that got transactions, the coordinator's among them. */
  usedLanes: number;
  /** Transactions whose lane's answer came, right or not. */
  answered: number;
  /** Transactions whose lane was lost; the coordinator ran them. */
  unanswered: number;
  gasUsed: bigint;
  receiptsRoot: Uint8Array;
  logsBloom: Uint8Array;
  partialPreStateRoot: Uint8Array;
  partialPostStateRoot: Uint8Array;
  /** One for each transaction of the input. */
  transactions: TransactionResult[];
  reExecuted: number;
  /** Gas of the heaviest chain of transactions that each needed the one before. */
  criticalPathGas: bigint;
  /** Milliseconds of work by lane; 0 is the coordinator. */
  laneMs: number[];
  ms: ReplayTimes;
}

export interface Replay {
  readonly input: ReplayInput;
  readonly partialPreStateRoot: Uint8Array;
  /** Runs the block from the same state again, as often as wanted; one run at a time. */
  run(options: ReplayRunOptions): Promise<ReplayRun>;
  close(): Promise<void>;
}

const LANE_TIMEOUT_MS = 120_000;

/** Loads the pre-state and starts the threads of `maxLanes` lanes, which stay warm from run to run. Close it: it owns a folder. */
export async function openReplay(input: ReplayInput, { maxLanes }: { maxLanes: number }): Promise<Replay> {
  const state = await createReplayState(input.alloc, input.environment);
  const lanes = maxLanes > 1 ? startLanes(state, input, maxLanes) : undefined;
  const close = async () => {
    await lanes?.stop();
    await state.close();
  };
  try {
    const vm = await LaneVm.create(input.rules);
    const committer = new TrieCommitter(state.store);
    if (lanes !== undefined && !(await lanes.whenReady())) {
      throw new BraidError("REPLAY_NO_LANES", "the threads of the lanes did not start", { retryable: true });
    }
    return {
      input,
      partialPreStateRoot: state.stateRoot,
      run: (options) => runOnce({ committer, input, state, vm, lanes, maxLanes }, options),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Parts {
  committer: TrieCommitter;
  input: ReplayInput;
  state: ReplayState;
  vm: LaneVm;
  lanes: ThreadLanes | undefined;
  maxLanes: number;
}

function startLanes({ dataDir }: ReplayState, { rules }: ReplayInput, lanes: number): ThreadLanes {
  return new ThreadLanes({ dataDir, rules, threads: lanes - 1, laneTimeoutMs: LANE_TIMEOUT_MS });
}

async function runOnce(parts: Parts, options: ReplayRunOptions): Promise<ReplayRun> {
  const { input, state, vm, lanes, maxLanes } = parts;
  if (options.lanes > maxLanes) {
    throw new BraidError("REPLAY_LANES", `the replay was opened for ${maxLanes} lanes, not ${options.lanes}`);
  }
  const knowledge = options.knowledge ?? noKnowledge();
  const carrier =
    options.lanes > 1 && lanes !== undefined ? new WatchedLanes(lanes, options.takesBack ?? true) : undefined;
  const snapshot = state.store.snapshot();
  try {
    const engine = { vm, carrier, knowledge, plan: planner(input, options, knowledge) };
    const ran = await executeTransactions(engine, snapshot, input.environment, input.transactions);
    const { answered = 0, unanswered = 0 } = carrier ?? {};
    return { ...results(parts, ran), lanes: options.lanes, answered, unanswered };
  } finally {
    snapshot.close();
  }
}

function planner(
  input: ReplayInput,
  options: ReplayRunOptions,
  knowledge: PlanKnowledge,
): (transactions: LaneTransaction[], overlay: StateOverlay) => Plan {
  const { lanes, laneOf, inlineBelowMicros = 0 } = options;
  if (laneOf !== undefined) return (transactions) => planOf(transactions.map((_, i) => laneOf(i)));
  const hints = options.hints ?? input.hints ?? [];
  return (transactions, overlay) =>
    planBlock(transactions, overlay, knowledge, { lanes, inlineBelowMicros, hints });
}

function results(
  { input, state, committer }: Parts,
  ran: ExecutedTransactions<ReplayTransaction>,
): Omit<ReplayRun, "lanes" | "answered" | "unanswered"> {
  const { assembly } = ran;
  const started = performance.now();
  const receiptsRoot = trieRootOfList(assembly.receipts.map(encodeReceipt));
  const logsBloom = new Uint8Array(256);
  for (const receipt of assembly.receipts) if (receipt.logs.length > 0) orInto(logsBloom, receipt.logsBloom);
  const sealed = performance.now();
  const { overlay } = assembly;
  const { stateRoot } = committer.commit(
    state.stateRoot,
    (address) => overlay.baseAccount(keyOf(address)),
    overlay.diff(),
  );
  const ended = performance.now();
  return {
    usedLanes: ran.lanes,
    gasUsed: assembly.gasUsed,
    receiptsRoot,
    logsBloom,
    partialPreStateRoot: state.stateRoot,
    partialPostStateRoot: stateRoot,
    transactions: transactionResults(input, ran),
    reExecuted: ran.reExecuted,
    criticalPathGas: describeParallelism(ran, keyOf(input.environment.coinbase)).criticalPathGas,
    laneMs: ran.laneMs,
    ms: {
      recovery: input.recoveryMs,
      plan: ran.planMs,
      execute: ran.executeMs,
      validate: ran.validateMs,
      receipts: sealed - started,
      root: ended - sealed,
    },
  };
}

function transactionResults(
  { transactions }: ReplayInput,
  { assembly }: ExecutedTransactions<ReplayTransaction>,
): TransactionResult[] {
  const reasons = new Map(assembly.skipped.map(({ transaction, reason }) => [transaction, reason]));
  const done = new Map(assembly.accepted.map(({ transaction, outcome }) => [transaction, outcome]));
  return transactions.map((transaction): TransactionResult => {
    const outcome = done.get(transaction);
    if (outcome === undefined) return { kind: "skipped", reason: reasons.get(transaction) ?? "unknown" };
    const { status, gasUsed, logs } = outcome;
    return { kind: "done", status, gasUsed, logsHash: hashOfLogs(logs) };
  });
}

/** Keccak-256 of the RLP of the list of logs: how state tests and the expected results name them. */
export function hashOfLogs(logs: readonly Log[]): Uint8Array {
  return keccak256(RLP.encode(logs.map(({ address, topics, data }) => [address, topics, data])));
}
