import { setTimeout as pause } from "node:timers/promises";
import type { Hex } from "viem";
import { BraidError } from "../../protocol/index.ts";
import { rpc } from "./rpc.ts";

export interface RpcReceipt {
  status: Hex;
  gasUsed: Hex;
  effectiveGasPrice: Hex;
  blockNumber: Hex;
  transactionIndex: Hex;
  transactionHash: Hex;
  contractAddress: Hex | null;
  logs: { address: Hex; topics: Hex[]; data: Hex }[];
}

const POLL_MS = 20;

/** The receipt of a transaction that was sent, once its block is there. */
export async function receiptOf(rpcUrl: string, hash: string, withinMs = 30_000): Promise<RpcReceipt> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const receipt = (await rpc(rpcUrl, "eth_getTransactionReceipt", [hash])) as RpcReceipt | null;
    if (receipt !== null) return receipt;
    if (Date.now() > deadline) throw new BraidError("TEST_NO_RECEIPT", `no receipt of ${hash} in time`);
    await pause(POLL_MS);
  }
}
