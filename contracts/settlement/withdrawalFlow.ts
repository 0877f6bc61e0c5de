/** The steps of withdrawals for tests: a proven batch whose state has them, their proofs, their execution. */
import type { TransactionReceipt } from "viem";
import { createBatchChain } from "./batchChain.ts";
import { createL2State, type L2State, type Withdrawal } from "./l2State.ts";
import { type Call, type Fixture, SETTINGS } from "./settlementFixture.ts";

export type WithdrawalFlow = ReturnType<typeof createWithdrawalFlow>;

/** Goes on from the chain of batches as L1 has it when this is called. */
export function createWithdrawalFlow(fixture: Fixture) {
  const { accounts, contracts, sends, refuses, passes } = fixture;
  const batches = createBatchChain(fixture);
  const portalCall = (functionName: string, args: readonly unknown[]): Call => ({
    ...contracts.portal,
    functionName,
    args,
  });
  const finalizeCall = (withdrawal: Withdrawal) => portalCall("finalizeWithdrawalTransaction", [withdrawal]);

  const provenState = async (...withdrawals: Withdrawal[]): Promise<L2State> => {
    const state = await createL2State(withdrawals);
    await batches.prove(await batches.commit(state.header));
    return state;
  };
  const proveArgs = async (state: L2State, withdrawal: Withdrawal, index = 0n) => [
    withdrawal,
    index,
    state.outputRootProof,
    await state.withdrawalProof(withdrawal),
  ];
  const proves = async (state: L2State, withdrawal: Withdrawal, index = 0n) =>
    sends(accounts.user, portalCall("proveWithdrawalTransaction", await proveArgs(state, withdrawal, index)));

  return {
    batches,
    portalCall,
    finalizeCall,
    provenState,
    proveArgs,
    proves,
    refusesProof: (args: readonly unknown[]) =>
      refuses(accounts.user, portalCall("proveWithdrawalTransaction", args)),
    /** Whether the withdrawal's call succeeded is in the receipt's last event. */
    finalizes: (withdrawal: Withdrawal): Promise<TransactionReceipt> =>
      sends(accounts.stranger, finalizeCall(withdrawal)),
    refusesFinalization: (withdrawal: Withdrawal) => refuses(accounts.stranger, finalizeCall(withdrawal)),
    /** All of them can be finalized after it. */
    async ready(...withdrawals: Withdrawal[]): Promise<L2State> {
      const index = batches.last.header.number;
      const state = await provenState(...withdrawals);
      for (const withdrawal of withdrawals) await proves(state, withdrawal, index);
      await passes(SETTINGS.finalizationPeriodSeconds);
      return state;
    },
  };
}
