import type { BlockExecutionReport, ExecutedBlock } from "../../../executor/index.ts";
import { encodeContended } from "./contendedCodec.ts";
import { encodeExecutions } from "./executionsCodec.ts";

/** What `block_executions` holds of a block, encoded. */
export interface ExecutionColumns extends Omit<BlockExecutionReport, "contended" | "transactions"> {
  contended: Uint8Array;
  executions: Uint8Array;
  accessList: Uint8Array;
}

export async function toExecutionColumns({
  report,
  accessList,
}: Pick<ExecutedBlock, "report" | "accessList">): Promise<ExecutionColumns> {
  return {
    ...report,
    contended: encodeContended(report.contended),
    executions: await encodeExecutions(report.transactions),
    accessList,
  };
}
