import { z } from "zod";
import { goDuration } from "../../../executor/index.ts";
import { bytesToHex, keccak256 } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import { type Caller, defineMethod } from "../json-rpc/method.ts";
import { RPC_CODES, RpcError } from "../json-rpc/rpcError.ts";
import { type Inclusion, watchInclusion } from "../pending/watchInclusion.ts";
import { bytes, smallQuantity } from "../schema/hex.ts";
import { eth_getTransactionReceipt } from "./eth_getTransactionReceipt.ts";

/** EIP-7966. */
const TIMEOUT = 4;
const UNREADY = 5;

/** A nonce gap keeps it from being mined: waiting would be in vain. */
async function isBehindGap(context: RpcContext, hash: Uint8Array): Promise<boolean> {
  const pooled = await context.mempool.get(hash);
  if (pooled === undefined) return false;
  const state = context.state.latest();
  const nonce = state.account(pooled.sender)?.nonce ?? 0n;
  state.close();
  return pooled.nonce >= (await context.mempool.nextNonce(pooled.sender, nonce));
}

async function lateError(
  context: RpcContext,
  transactionHash: Uint8Array,
  timeoutMs: number,
): Promise<RpcError> {
  const hash = bytesToHex(transactionHash);
  const rejection = await context.chain.rejection(transactionHash);
  if (rejection !== undefined) return new RpcError(RPC_CODES.server, rejection.reason, { data: hash });
  const message = `The transaction was added to the transaction pool but wasn't processed in ${goDuration(timeoutMs)}`;
  return new RpcError(TIMEOUT, message, { data: hash, retryable: true });
}

async function send(
  context: RpcContext,
  raw: Uint8Array,
  timeoutMs: number,
  inclusion: Inclusion,
  caller: Caller,
): Promise<unknown> {
  const hash = await context.admission.admit(raw);
  const text = bytesToHex(hash);
  context.submitted.add(text);
  const receipt = () => eth_getTransactionReceipt.invoke(context, [text], caller);
  // It may have been mined while the pool answered.
  const found = await receipt();
  if (found !== null) return found;
  if (await isBehindGap(context, hash)) {
    throw new RpcError(
      UNREADY,
      "The transaction was added to the mempool but wasn't processed due to a missing nonce. Please double-check your account and try again.",
      { data: text },
    );
  }
  await inclusion.within(timeoutMs);
  const late = await receipt();
  if (late !== null) return late;
  throw await lateError(context, hash, timeoutMs);
}

export const eth_sendRawTransactionSync = defineMethod({
  name: "eth_sendRawTransactionSync",
  summary: "Submits a signed transaction and waits for its receipt (EIP-7966)",
  params: z.tuple([bytes().describe("transaction"), smallQuantity("timeout").optional()]),
  limits: ["sendSyncMs", "sendSyncMaxMs"],
  unbounded: true,
  handler: async (context, [raw, timeout = 0], caller) => {
    const { sendSyncMs, sendSyncMaxMs } = context.limits;
    const timeoutMs = timeout === 0 ? sendSyncMs : Math.min(timeout, sendSyncMaxMs);
    // Watched from before it is sent, so that no block is missed.
    const inclusion = watchInclusion(context, bytesToHex(keccak256(raw)));
    try {
      return await send(context, raw, timeoutMs, inclusion, caller);
    } finally {
      inclusion.stop();
    }
  },
});
