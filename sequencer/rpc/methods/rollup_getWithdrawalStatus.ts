import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import type { RpcContext } from "../context.ts";
import { quantity } from "../format/quantity.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { serverError } from "../json-rpc/rpcError.ts";
import { hash } from "../schema/hex.ts";
import { findWithdrawals, type SentWithdrawal } from "../withdrawals/findWithdrawals.ts";
import type { PortalView } from "../withdrawals/portalView.ts";
import { withdrawalProgress } from "../withdrawals/withdrawalStatus.ts";

export const rollup_getWithdrawalStatus = defineMethod({
  name: "rollup_getWithdrawalStatus",
  summary:
    "Withdrawals by their transaction's hash or their own: how far each is, and the exact L1 time from which its next " +
    "step is taken; empty when neither hash is known",
  params: z.tuple([hash("hash")]),
  handler: async (context, [given]) => {
    const { portal } = context;
    if (portal === undefined) throw serverError("this node does not know an L1 with a portal");
    const found = await findWithdrawals(context, given);
    return Promise.all(found.map((withdrawal) => describe(context, portal, withdrawal)));
  },
});

async function describe({ chain }: RpcContext, portal: PortalView, withdrawal: SentWithdrawal) {
  const [batch, onL1] = await Promise.all([
    chain.batchOfBlock(withdrawal.blockNumber),
    portal.withdrawal(withdrawal.withdrawalHash, withdrawal.value),
  ]);
  const { status, earliest, finalizableAt } = withdrawalProgress(batch, onL1);
  const seconds = (value: number | undefined) => (value === undefined ? null : quantity(value));
  const index = onL1.proven?.l2OutputIndex ?? (batch?.proof === undefined ? undefined : batch.number - 1);
  return {
    withdrawalHash: bytesToHex(withdrawal.withdrawalHash),
    status,
    earliestTimestamp: seconds(earliest),
    finalizableTimestamp: seconds(finalizableAt),
    l1Timestamp: quantity(onL1.now),
    callFailed: onL1.failed,
    batchNumber: batch === undefined ? null : quantity(batch.number),
    l2OutputIndex: seconds(index),
    transactionHash: bytesToHex(withdrawal.transactionHash),
    blockNumber: quantity(withdrawal.blockNumber),
    nonce: quantity(withdrawal.nonce),
    sender: withdrawal.sender,
    target: withdrawal.target,
    value: quantity(withdrawal.value),
    gasLimit: quantity(withdrawal.gasLimit),
    data: withdrawal.data,
  };
}
