import { bytesToHex } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";

type Sources = Pick<RpcContext, "blocks" | "mempool" | "chain">;

/** A transaction as it was signed, mined or in the pool; as geth, "0x" for one that nobody knows. */
export async function rawTransaction(context: Sources, hash: Uint8Array): Promise<string> {
  const place = context.blocks.findTransaction(bytesToHex(hash));
  const recent = place?.block.transactions[place.index];
  if (recent !== undefined) return bytesToHex(recent.raw);
  const pooled = await context.mempool.get(hash);
  const mined = await context.chain.transactionByHash(hash);
  return bytesToHex(mined?.transaction.raw ?? pooled?.raw ?? new Uint8Array(0));
}
