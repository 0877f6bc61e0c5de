import { rpc } from "../../support/rpc.ts";

/** How many transactions of a sender are in the pool, executable and queued. */
export async function pooled(rpcUrl: string, sender: string): Promise<number> {
  const content = await rpc(rpcUrl, "txpool_contentFrom", [sender]);
  const { pending, queued } = content as { pending: object; queued: object };
  return Object.keys(pending).length + Object.keys(queued).length;
}
