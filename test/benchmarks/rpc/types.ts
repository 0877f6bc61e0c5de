import type { Spread } from "../executor/statistics.ts";

/** A node under measurement. */
export interface RpcNode {
  name: string;
  rpcUrl: string;
  /** Root of the node's process tree. */
  pid: number;
}

/** One kind of read. */
export interface RpcCase {
  name: string;
  /** Requests to go through in turn. */
  requests: { method: string; params: unknown[] }[];
  /** Shapes of load that would take minutes a round are left out. */
  shapes: LoadShape[];
  /** What both nodes must agree on, out of one answer's result. */
  compare(result: unknown): unknown;
}

export interface LoadShape {
  /** Connections, each with one request in flight. */
  connections: number;
  /** Members of a batch; 1: no batch. */
  batch: number;
}

/** One round of one case on one node. */
export interface RoundResult {
  /** Calls answered, members of batches each. */
  calls: number;
  perSecond: number;
  /** Milliseconds of one HTTP request. */
  p50: number;
  p99: number;
  /** CPU of the node's processes for one call, in microseconds. */
  cpu: number;
  /** Bytes of the answers to one call. */
  bytes: number;
}

export interface RpcRow {
  case: string;
  shape: LoadShape;
  node: string;
  perSecond: Spread;
  p50: Spread;
  p99: Spread;
  cpu: Spread;
  bytes: number;
}

export interface RpcReport {
  logs: number;
  rounds: number;
  roundMs: number;
  rows: RpcRow[];
}
