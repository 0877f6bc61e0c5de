import type { Sql } from "postgres";
import type { BlockExecutionReport, ContendedLocation } from "../../../executor/index.ts";
import { guarded } from "../chainStoreError.ts";
import { toBytes } from "../rows.ts";
import { decodeContended } from "./contendedCodec.ts";
import { decodeExecutions } from "./executionsCodec.ts";

interface ReportRow {
  lanes: number;
  re_executed: number;
  shadowed: boolean;
  critical_path_gas: string;
  lane_ms: number[];
  plan_ms: number;
  execute_ms: number;
  validate_ms: number;
  root_ms: number;
  seal_ms: number;
  contended: Buffer;
  executions: Buffer;
}

/** Undefined for an unknown block, and for one that was stored before reports were kept. */
export function blockExecution(sql: Sql, blockNumber: number): Promise<BlockExecutionReport | undefined> {
  return guarded(`read the execution of block ${blockNumber}`, async () => {
    const [row] = await sql<ReportRow[]>`
      select lanes, re_executed, shadowed, critical_path_gas, lane_ms, plan_ms, execute_ms, validate_ms, root_ms, seal_ms,
        contended, executions
      from block_executions where block_number = ${blockNumber} and executions is not null`;
    return row && toReport(row);
  });
}

/** RLP. Undefined for an unknown block, and for one that was stored before lists were kept. */
export function blockAccessList(sql: Sql, blockNumber: number): Promise<Uint8Array | undefined> {
  return guarded(`read the access list of block ${blockNumber}`, async () => {
    const [row] = await sql<{ access_list: Buffer }[]>`
      select access_list from block_executions where block_number = ${blockNumber} and access_list is not null`;
    return row && toBytes(row.access_list);
  });
}

/** The contended locations of the blocks of a range that had some, oldest block first. */
export function contendedLocations(
  sql: Sql,
  { fromBlock, toBlock }: { fromBlock: number; toBlock: number },
): Promise<{ blockNumber: number; contended: ContendedLocation[] }[]> {
  return guarded("read contended locations", async () => {
    const rows = await sql<{ block_number: string; contended: Buffer }[]>`
      select block_number, contended from block_executions
      where block_number between ${fromBlock} and ${toBlock} and contended <> ''
      order by block_number`;
    return rows.map(({ block_number, contended }) => ({
      blockNumber: Number(block_number),
      contended: decodeContended(contended),
    }));
  });
}

async function toReport(row: ReportRow): Promise<BlockExecutionReport> {
  return {
    lanes: row.lanes,
    laneMs: row.lane_ms,
    transactions: await decodeExecutions(row.executions),
    reExecuted: row.re_executed,
    planMs: row.plan_ms,
    executeMs: row.execute_ms,
    validateMs: row.validate_ms,
    rootMs: row.root_ms,
    sealMs: row.seal_ms,
    criticalPathGas: BigInt(row.critical_path_gas),
    contended: decodeContended(row.contended),
    shadowed: row.shadowed,
  };
}
