import { join } from "node:path";
import {
  type BlockHeader,
  type BlockInput,
  BraidError,
  bytesEqual,
  bytesToHex,
  encodeBlockAccessList,
  type Genesis,
  InvariantError,
  type StateDiff,
  type Transaction,
} from "../protocol/index.ts";
import { amendState } from "./engine/amendState.ts";
import { BlockAssembly } from "./engine/blockAssembly.ts";
import type { BlockEnvironment } from "./engine/blockEnvironment.ts";
import { braidRules, type ChainRules } from "./engine/chainRules.ts";
import { type Engine, type ExecutedTransactions, executeTransactions } from "./engine/executeTransactions.ts";
import { genesisBlock } from "./engine/genesisBlock.ts";
import { keyOf } from "./engine/keys.ts";
import { LaneVm } from "./engine/laneVm.ts";
import { describeParallelism, type Parallelism } from "./engine/parallelism.ts";
import { noKnowledge, planBlock } from "./engine/plan.ts";
import { type SealInput, sealBlock } from "./engine/seal.ts";
import { runShadow } from "./engine/shadow.ts";
import { StateOverlay } from "./engine/stateOverlay.ts";
import { ThreadLanes } from "./engine/threadLanes.ts";
import { writeReproduction } from "./replay/reproduction.ts";
import { TouchedState } from "./replay/touchedState.ts";
import { collectUndone, type StateDiffs } from "./state/rollback.ts";
import { StateStore } from "./state/stateStore.ts";
import type { StateReader, StateSnapshot } from "./state/types.ts";
import { WriteBehindStore } from "./state/writeBehindStore.ts";
import { EMPTY_TRIE_ROOT } from "./trie/accountRlp.ts";
import { type AccountsBefore, type StateCommit, TrieCommitter } from "./trie/commitStateDiff.ts";
import { historicalReader } from "./trie/historicalReader.ts";
import { ShardedCommitter } from "./trie/shardedCommitter.ts";
import type { BlockExecutionReport, ExecutedBlock, Executor, StateAmendment, StateHead } from "./types.ts";

export interface ExecutorOptions {
  /** Where the state store lives. */
  dataDir: string;
  /** Lanes, the coordinator's thread among them: one fewer threads are started. One runs every block inline. */
  lanes: number;
  genesis: Genesis;
  /** Blocks of less estimated work run in one lane, inline. Microseconds. */
  inlineBelowMicros?: number;
  /** False: `start` returns at once, and blocks run in one lane until the workers are there. Default true. */
  waitForLanes?: boolean;
  /** A lane that has not answered by then is run by the coordinator. */
  laneTimeoutMs?: number;
  /** Shadow mode: the share, 0 to 1, of the blocks run in lanes that are run one transaction at a time as well. */
  shadowShare?: number;
  /** Where a block that gave two results leaves a reproduction for `braid replay`. */
  reproductionDir?: string;
  /** Without EIP-3607, for development chains: see ChainRules. */
  contractsMaySend?: boolean;
  /** A block gave two results; the sequential one was kept. */
  onShadowDifference?: (difference: ShadowDifference) => void;
}

export interface ShadowDifference {
  blockNumber: number;
  /** What first differed. */
  what: string;
  /** File for `braid replay`, where one could be written. */
  reproduction: string | undefined;
}

/** Below it starting lanes costs more than they gain (docs/parallel-execution.md). */
const INLINE_BELOW_MICROS = 4_000;
/** A whole block of 120 M gas takes a lane about 20 s on a slow core; a lane that is dead, and not slow, says so at once. */
const LANE_TIMEOUT_MS = 60_000;
const NOTHING = Promise.resolve();

/** See {@link Executor}. Opens the store at `start`. */
export function createExecutor(options: ExecutorOptions): Executor {
  return new LocalExecutor(options);
}

const NOTHING_RAN: BlockExecutionReport = {
  lanes: 0,
  laneMs: [],
  transactions: [],
  reExecuted: 0,
  planMs: 0,
  executeMs: 0,
  validateMs: 0,
  rootMs: 0,
  sealMs: 0,
  criticalPathGas: 0n,
  contended: [],
  shadowed: false,
};

interface Running {
  /** What is in it. */
  store: StateStore;
  /** The same with the block that is on its way there. */
  latest: WriteBehindStore;
  vm: LaneVm;
  lanes: ThreadLanes | undefined;
  shards: ShardedCommitter | undefined;
  committer: Committer;
}

/** In one thread, or its share-out over threads. */
interface Committer {
  commit(
    previousRoot: Uint8Array,
    accountsBefore: AccountsBefore,
    diff: StateDiff,
    stored?: Promise<void>,
  ): StateCommit | Promise<StateCommit>;
}

class LocalExecutor implements Executor {
  private readonly options: ExecutorOptions;
  private readonly knowledge = noKnowledge();
  private running: Running | undefined;

  constructor(options: ExecutorOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    if (this.running !== undefined) return;
    const { dataDir, lanes } = this.options;
    const store = StateStore.open(dataDir);
    const vm = await LaneVm.create(this.rules());
    const latest = new WriteBehindStore(store);
    const committer = new TrieCommitter(latest);
    this.running = { store, latest, vm, lanes: undefined, shards: undefined, committer };
    if (lanes > 1) await this.startLanes(this.running);
  }

  async stop(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.latest.idle();
    await running?.lanes?.stop();
    await running?.shards?.stop();
    await running?.store.close();
  }

  head(): StateHead | undefined {
    return this.parts().latest.head();
  }

  state(): StateReader {
    return this.parts().latest.reader();
  }

  async initialize(): Promise<ExecutedBlock> {
    const { store, committer } = this.parts();
    if (store.head() !== undefined) {
      throw new BraidError("EXECUTOR_NOT_EMPTY", "the state store already holds a chain");
    }
    return sealExecuted(
      genesisBlock(this.options.genesis),
      committer,
      { head: { stateRoot: EMPTY_TRIE_ROOT } },
      () => undefined,
      performance.now(),
    );
  }

  async execute(input: BlockInput): Promise<ExecutedBlock> {
    const { latest, vm, lanes, committer } = this.parts();
    const { transactions, ...inputs } = input;
    const environment: BlockEnvironment = { ...inputs, collectsBaseFee: true };
    const snapshot = latest.snapshot();
    try {
      checkFollows(environment, snapshot.head);
      const { knowledge } = this;
      const planOptions = {
        lanes: 1 + (lanes?.readyLanes() ?? 0),
        inlineBelowMicros: this.options.inlineBelowMicros ?? INLINE_BELOW_MICROS,
      };
      const engine: Engine = {
        vm,
        carrier: lanes,
        layers: snapshot.layers,
        knowledge,
        plan: (candidates, overlay) => planBlock(candidates, overlay, knowledge, planOptions),
      };
      const inLanes = await executeTransactions(engine, snapshot, environment, transactions);
      const shadowed = inLanes.lanes > 1 && Math.random() < (this.options.shadowShare ?? 0);
      const ran = shadowed
        ? await this.shadow(engine, snapshot, environment, transactions, inLanes)
        : inLanes;
      const { assembly } = ran;
      const rootStarted = performance.now();
      const seal: SealInput = {
        environment,
        transactions: assembly.transactions,
        receipts: assembly.receipts,
        gasUsed: assembly.gasUsed,
        stateDiff: assembly.overlay.diff(),
      };
      const accountsBefore: AccountsBefore = (address) => assembly.overlay.baseAccount(keyOf(address));
      const executed = await sealExecuted(seal, committer, snapshot, accountsBefore, rootStarted, ran);
      executed.report.shadowed = shadowed;
      snapshot.check();
      return executed;
    } catch (error) {
      snapshot.check();
      throw error;
    } finally {
      snapshot.close();
    }
  }

  commit(executed: ExecutedBlock, after: Promise<unknown> = NOTHING): Promise<void> {
    return this.parts().latest.commit(executed, after);
  }

  async replayDiff(header: BlockHeader, hash: Uint8Array, diff: StateDiff): Promise<void> {
    const { store, latest, committer } = this.parts();
    await latest.idle();
    const previousRoot = store.head()?.stateRoot ?? EMPTY_TRIE_ROOT;
    const reader = store.reader();
    const state = await committer.commit(previousRoot, (address) => reader.account(address), diff);
    if (!bytesEqual(state.stateRoot, header.stateRoot)) {
      throw new InvariantError(
        `state diff of block ${header.number} gives root ${bytesToHex(state.stateRoot)}, ` +
          `its header says ${bytesToHex(header.stateRoot)}`,
      );
    }
    await store.commit({
      block: { header, hash },
      stateDiff: diff,
      trieNodes: state.nodes,
      storageRoots: state.storageRoots,
    });
  }

  async amend(input: BlockInput, amendments: StateAmendment[]): Promise<ExecutedBlock> {
    const { store, latest, committer } = this.parts();
    await latest.idle();
    const { transactions: _, ...environment } = input;
    const snapshot = store.snapshot();
    try {
      checkFollows(environment, snapshot.head);
      const started = performance.now();
      const overlay = new StateOverlay(snapshot);
      new BlockAssembly(overlay, environment).open();
      for (const amendment of amendments) amendState(overlay, amendment);
      const seal = { environment, transactions: [], receipts: [], gasUsed: 0n, stateDiff: overlay.diff() };
      const accountsBefore: AccountsBefore = (address) => overlay.baseAccount(keyOf(address));
      return await sealExecuted(seal, committer, snapshot, accountsBefore, started);
    } finally {
      snapshot.close();
    }
  }

  async rollback(target: StateHead, undone: StateDiffs, kept: () => StateDiffs): Promise<void> {
    const { store, latest } = this.parts();
    await latest.idle();
    const before = historicalReader(store, target.stateRoot);
    await store.rollback(target, await collectUndone(undone, before, kept), before);
  }

  private async shadow(
    engine: Engine,
    snapshot: StateSnapshot,
    environment: BlockEnvironment,
    transactions: Transaction[],
    inLanes: ExecutedTransactions<Transaction>,
  ): Promise<ExecutedTransactions<Transaction>> {
    const touched = new TouchedState(snapshot);
    const { ran, difference } = await runShadow(engine, touched, environment, transactions, inLanes);
    if (difference === undefined) return ran;
    const { reproductionDir, onShadowDifference } = this.options;
    const blockNumber = environment.number;
    const file =
      reproductionDir === undefined ? undefined : join(reproductionDir, `block-${blockNumber}.json.gz`);
    if (file !== undefined) {
      writeReproduction(file, {
        reason: `block ${blockNumber} in lanes: another ${difference}`,
        rules: this.rules(),
        environment,
        transactions,
        alloc: touched.alloc(),
      });
    }
    onShadowDifference?.({ blockNumber, what: difference, reproduction: file });
    return ran;
  }

  private rules(): ChainRules {
    const { genesis, contractsMaySend } = this.options;
    const rules = braidRules(genesis.config.chainId);
    return contractsMaySend === true ? { ...rules, contractsMaySend } : rules;
  }

  private parts(): Running {
    if (this.running === undefined) {
      throw new BraidError("EXECUTOR_NOT_STARTED", "the executor is not started", { retryable: true });
    }
    return this.running;
  }

  private async startLanes(running: Running): Promise<void> {
    const { dataDir, lanes, laneTimeoutMs } = this.options;
    running.lanes = new ThreadLanes({
      dataDir,
      threads: lanes - 1,
      rules: this.rules(),
      laneTimeoutMs: laneTimeoutMs ?? LANE_TIMEOUT_MS,
    });
    running.shards = new ShardedCommitter(running.latest, { dataDir, workers: lanes - 1 });
    running.committer = running.shards;
    const shardsStarted = running.shards.start();
    if (this.options.waitForLanes ?? true) await Promise.all([running.lanes.whenReady(), shardsStarted]);
  }
}

function checkFollows({ number, parentHash }: BlockEnvironment, head: StateHead): void {
  if (number === head.number + 1 && bytesEqual(parentHash, head.hash)) return;
  throw new BraidError(
    "EXECUTOR_WRONG_PARENT",
    `block ${number} on ${bytesToHex(parentHash)} does not follow the head ${head.number} ${bytesToHex(head.hash)}`,
  );
}

interface ParentState {
  head: Pick<StateHead, "stateRoot">;
  stored?: Promise<void>;
}

/** Seals and adds what must be stored with the block. `started`: when the state diff began to be made. */
async function sealExecuted(
  input: SealInput,
  committer: Committer,
  { head, stored }: ParentState,
  accountsBefore: AccountsBefore,
  started: number,
  ran?: ExecutedTransactions<Transaction>,
): Promise<ExecutedBlock> {
  const state = await committer.commit(head.stateRoot, accountsBefore, input.stateDiff, stored);
  const committed = performance.now();
  const block = sealBlock(input, state.stateRoot);
  const accessList = encodeBlockAccessList(ran?.assembly.accessList.build() ?? []);
  const sealMs = performance.now() - committed;
  return {
    block,
    stateDiff: input.stateDiff,
    trieNodes: state.nodes,
    storageRoots: state.storageRoots,
    skipped: ran?.assembly.skipped ?? [],
    accessList,
    report: executionReport(ran, input.environment.coinbase, { rootMs: committed - started, sealMs }),
  };
}

/** What takes time to find out is found out when it is asked for: who only verifies a chain never asks. */
function executionReport(
  ran: ExecutedTransactions<Transaction> | undefined,
  coinbase: Uint8Array,
  times: { rootMs: number; sealMs: number },
): BlockExecutionReport {
  if (ran === undefined) return { ...NOTHING_RAN, ...times };
  const { lanes, laneMs, reExecuted, planMs, executeMs, validateMs } = ran;
  let described: Parallelism | undefined;
  const parallelism = () => {
    described ??= describeParallelism(ran, keyOf(coinbase));
    return described;
  };
  return {
    ...{ lanes, laneMs, reExecuted, planMs, executeMs, validateMs, ...times, shadowed: false },
    get transactions() {
      return parallelism().transactions;
    },
    get criticalPathGas() {
      return parallelism().criticalPathGas;
    },
    get contended() {
      return parallelism().contended;
    },
  };
}
