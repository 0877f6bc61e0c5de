import type { StateDiff } from "../../protocol/index.ts";
import type { BlockEnvironment } from "../engine/blockEnvironment.ts";
import type { ChainRules } from "../engine/chainRules.ts";
import type { StateReader, TrieNodeReader } from "../state/types.ts";
import type { ReadJobs } from "./readJobs.ts";
import type { TimeLimit } from "./timeLimit.ts";

/** A state that a job reads. */
export interface ReadState {
  blockNumber: number;
  /** 32 bytes. */
  stateRoot: Uint8Array;
  /** Laid over the state of that root. */
  changes?: StateDiff;
}

/** All that code which runs on a state needs to know. Structured-cloneable. */
export interface ReadScene {
  state: ReadState;
  environment: BlockEnvironment;
  rules: ChainRules;
}

/** What a job works with, on its own thread. Everything opened is closed when the job ends. */
export interface ReadDesk extends TrieNodeReader {
  /** The flat tables when the store's head has that root, else the trie. Throws when the state is not held. */
  open(state: ReadState): StateReader;
  /** By its keccak-256; empty for the empty hash. */
  code(codeHash: Uint8Array): Uint8Array;
  /** A job that works for long asks it every few milliseconds: other jobs share the thread. */
  readonly limit: TimeLimit;
}

/** Reads in the thread of a desk. Parameters and result are structured-cloneable. It must not keep the desk. */
export type ReadJob<Params, Result> = (desk: ReadDesk, params: Params) => Promise<Result>;

export type ReadJobName = keyof ReadJobs;
export type ReadParams<Name extends ReadJobName> = Parameters<ReadJobs[Name]>[1];
export type ReadResult<Name extends ReadJobName> = Awaited<ReturnType<ReadJobs[Name]>>;

export interface ReadOptions {
  /** Time that the job gets once it runs. */
  timeoutMs: number;
  /** Who asks: clients that wait are served in turn. */
  client?: string;
}

/**
 * Runs jobs that only read, away from the thread that asks.
 *
 * Errors arrive as the job threw them: class, code, message, hint, revert data. Besides the job's own: READ_TIMEOUT
 * with geth's wording, READ_QUEUE_FULL and READ_THREAD_LOST (retryable), READERS_CLOSED.
 */
export interface Readers {
  run<Name extends ReadJobName>(
    name: Name,
    params: ReadParams<Name>,
    options: ReadOptions,
  ): Promise<ReadResult<Name>>;
  /** Jobs that wait or run fail with READERS_CLOSED. */
  close(): Promise<void>;
}
