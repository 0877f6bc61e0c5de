import { z } from "zod";
import { bytesToHex } from "../../../protocol/index.ts";
import { headerFailure, stateFailure } from "../../block-builder/conditionFailure.ts";
import type { TransactionCondition } from "../../mempool/index.ts";
import { requireHeader } from "../blocks/resolveBlock.ts";
import { withState } from "../blocks/stateAt.ts";
import type { RpcContext } from "../context.ts";
import { defineMethod } from "../json-rpc/method.ts";
import { RpcError } from "../json-rpc/rpcError.ts";
import { bytes } from "../schema/hex.ts";
import { transactionCondition } from "../schema/transactionCondition.ts";

const REJECTED = -32003;
const COST_EXCEEDED = -32005;

/** What checking it takes: one for each account, storage root, slot, and pair of bounds. */
function costOf(condition: TransactionCondition): number {
  const { knownAccounts, blockNumberMin, blockNumberMax, timestampMin, timestampMax } = condition;
  const accounts = knownAccounts.reduce(
    (sum, { storageRoot, slots = [] }) => sum + 1 + (storageRoot === undefined ? slots.length : 1),
    0,
  );
  const pairs = [blockNumberMin ?? blockNumberMax, timestampMin ?? timestampMax];
  return accounts + pairs.filter((bound) => bound !== undefined).length;
}

function contradiction(condition: TransactionCondition): string | undefined {
  const { blockNumberMin, blockNumberMax, timestampMin, timestampMax } = condition;
  if (blockNumberMin !== undefined && blockNumberMax !== undefined && blockNumberMin > blockNumberMax) {
    return "block number minimum constraint must be less than the maximum";
  }
  if (timestampMin !== undefined && timestampMax !== undefined && timestampMin > timestampMax) {
    return "timestamp minimum constraint must be less than the maximum";
  }
  return undefined;
}

async function check(context: RpcContext, condition: TransactionCondition): Promise<void> {
  const cost = costOf(condition);
  const { conditionCost } = context.limits;
  if (cost > conditionCost) {
    throw new RpcError(COST_EXCEEDED, `conditional cost, ${cost}, exceeded max: ${conditionCost}`);
  }
  const wrong = contradiction(condition);
  if (wrong !== undefined) throw new RpcError(REJECTED, `failed conditional validation: ${wrong}`);
  const { header } = await requireHeader(context, { tag: "latest" });
  const failure =
    headerFailure(condition, header) ??
    (await withState(context, { tag: "latest" }, (state) => stateFailure(condition, state)));
  if (failure !== undefined) throw new RpcError(REJECTED, failure);
}

export const eth_sendRawTransactionConditional = defineMethod({
  name: "eth_sendRawTransactionConditional",
  summary: "Submits a signed transaction that is included only where its condition holds, and else rejected",
  params: z.tuple([bytes().describe("transaction"), transactionCondition()]),
  limits: ["conditionCost"],
  handler: async (context, [raw, condition]) => {
    await check(context, condition);
    const hash = bytesToHex(await context.admission.admit(raw, condition));
    context.submitted.add(hash);
    return hash;
  },
});
