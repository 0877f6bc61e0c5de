import type { SimulatedBlock, SimulatedCall } from "../../../executor/index.ts";
import { bytesToHex, InvariantError } from "../../../protocol/index.ts";
import type { MinedLog } from "../../chain-store/types.ts";
import { formatBlock } from "../format/block.ts";
import { formatLogs } from "../format/log.ts";
import { quantity } from "../format/quantity.ts";

/** geth's `simBlockResult`: the block as `eth_getBlockByHash` would show it, and how its calls ran. */
export function formatSimulation({ block, calls }: SimulatedBlock, full: boolean): Record<string, unknown> {
  return {
    ...formatBlock(block, full),
    calls: calls.map((call, index) => formatCall(call, block, index)),
  };
}

function formatCall(call: SimulatedCall, block: SimulatedBlock["block"], index: number) {
  const transaction = block.transactions[index];
  if (transaction === undefined) throw new InvariantError("a simulated call without its transaction");
  const { number, timestamp } = block.header;
  const mined = call.logs.map(
    (seen): MinedLog => ({
      log: seen.log,
      logIndex: seen.index,
      blockNumber: number,
      blockHash: block.hash,
      blockTimestamp: timestamp,
      transactionHash: transaction.hash,
      transactionIndex: index,
    }),
  );
  return {
    returnData: bytesToHex(call.returnData),
    logs: formatLogs(mined),
    gasUsed: quantity(call.gasUsed),
    maxUsedGas: quantity(call.maxGasUsed),
    status: call.error === undefined ? "0x1" : "0x0",
    ...(call.error === undefined ? {} : { error: formatError(call.error) }),
  };
}

function formatError({ message, code, data }: NonNullable<SimulatedCall["error"]>) {
  return { message, code, ...(data === undefined ? {} : { data: bytesToHex(data) }) };
}
