import { type Log, logsBloom, type Receipt, type Transaction } from "../../../protocol/index.ts";
import { recordOr } from "../../engine/access.ts";
import { keyOf } from "../../engine/keys.ts";
import { EMPTY_BLOOM } from "../../engine/outcome.ts";
import type { TracedMessage } from "../../trace/tracedMessage.ts";
import { ExecutionRevertedError } from "../errors.ts";
import { type Message, NOBODY, toMessage } from "../message.ts";
import type { CallRequest } from "../types.ts";
import type { BlockRules } from "./blockRules.ts";
import { callTransaction } from "./callTransaction.ts";
import type { LogCounter } from "./callWatcher.ts";
import { checkCall } from "./checkCall.ts";
import { type MessageStage, type RanMessage, runMessage } from "./runMessage.ts";
import { SIMULATE_CODES, simulationRefused } from "./simulateErrors.ts";
import type { SimulatedCall } from "./types.ts";

const MAX_NONCE = 2n ** 64n - 1n;
const GAS_PER_BLOB = 131_072n;
/** What a log or a call takes in the answer beside its data, about. */
const ITEM_BYTES = 600;

/** Where a block's calls run. */
export interface CallStage extends MessageStage {
  rules: BlockRules;
  chainId: number;
  validation: boolean;
  /** What the request may still use of its gas. */
  gas: { left: bigint };
}

/** How the calls of a block ran. `calls[i]`, `receipts[i]` and `transactions[i]` belong together. */
export interface BlockCalls {
  transactions: Transaction[];
  receipts: Receipt[];
  calls: SimulatedCall[];
  gasUsed: bigint;
  blobGasUsed: bigint;
}

/** Runs the calls one after the other; the overlay is the state after them. */
export async function runCalls(stage: CallStage, requests: readonly CallRequest[]): Promise<BlockCalls> {
  const block: BlockCalls = { transactions: [], receipts: [], calls: [], gasUsed: 0n, blobGasUsed: 0n };
  const counter: LogCounter = { next: 0 };
  for (const request of requests) {
    const turn = stage.budget.look();
    if (turn !== undefined) await turn;
    await runCall(stage, request, block, counter);
  }
  return block;
}

async function runCall(
  stage: CallStage,
  request: CallRequest,
  block: BlockCalls,
  counter: LogCounter,
): Promise<void> {
  const { overlay, environment, rules, chainId, validation } = stage;
  const sender = recordOr(overlay.account(keyOf(request.from ?? NOBODY)));
  const nonce = request.nonce ?? sender.nonce;
  const gas = gasOf(stage, request, block.gasUsed);
  const message = messageOf(stage, { ...request, gas: gas.given });
  const blobBaseFee = stage.lane.blobBaseFee(environment);
  const prices = { baseFee: environment.baseFeePerGas, blobBaseFee, strict: validation };
  checkCall(message, nonce, sender, prices, rules);

  const legacy = request.gasPrice !== undefined || !rules.fork.hasBaseFee;
  const transaction = callTransaction(message, nonce, chainId, legacy);
  const ran = await runMessage(stage, tracedMessage(message, sender.nonce, stage, blobBaseFee), counter);
  const { outcome } = ran;
  overlay.apply(outcome.writes);
  stage.gas.left -= outcome.gasUsed;
  block.gasUsed += outcome.gasUsed;
  const blobGas = GAS_PER_BLOB * BigInt(transaction.blobs?.versionedHashes.length ?? 0);
  block.blobGasUsed += blobGas;

  const call = callResult(ran, gas.isCapped);
  stage.budget.take(answerBytes(call, transaction));
  block.calls.push(call);
  block.transactions.push(transaction);
  const logs = ran.logs.filter(({ isTransfer }) => !isTransfer).map(({ log }) => log);
  block.receipts.push({
    type: transaction.type,
    status: ran.error === undefined ? 1 : 0,
    gasUsed: outcome.gasUsed,
    cumulativeGasUsed: block.gasUsed,
    effectiveGasPrice: message.gasPrice,
    logsBloom: bloomOf(logs),
    logs,
    contractAddress: undefined,
    ...(transaction.type === 3 ? { blobGas: { used: blobGas, price: blobBaseFee } } : {}),
  });
}

/** What the call gets: what it asks for, else what is left of the block; never more than is left of the request's. */
function gasOf(stage: CallStage, { gas }: CallRequest, used: bigint): { given: bigint; isCapped: boolean } {
  const remaining = stage.environment.gasLimit - used;
  const wanted = gas ?? remaining;
  if (remaining < wanted) {
    throw simulationRefused(
      SIMULATE_CODES.blockGasLimit,
      `block gas limit reached: remaining: ${remaining}, required: ${wanted}`,
    );
  }
  const isCapped = stage.gas.left < wanted;
  return { given: isCapped ? stage.gas.left : wanted, isCapped };
}

function messageOf({ environment, rules, chainId, gas }: CallStage, request: CallRequest): Message {
  if (rules.fork.hasBaseFee) return toMessage(request, environment, chainId, gas.left);
  // Before London there is one price, and no other counts.
  const { maxFeePerGas: _, maxPriorityFeePerGas: __, gasPrice = 0n, ...rest } = request;
  return toMessage({ ...rest, gasPrice }, environment, chainId, gas.left);
}

function tracedMessage(
  message: Message,
  stateNonce: bigint,
  { environment, rules, validation }: CallStage,
  blobGasPrice: bigint,
): TracedMessage {
  const { gasPrice, feeCap, tip } = message;
  const isFree = !validation && feeCap === 0n && tip === 0n;
  const baseFee = environment.baseFeePerGas;
  return {
    from: message.from,
    to: message.to,
    gasLimit: message.gas,
    gasPrice,
    tip: isFree ? 0n : rules.fork.hasBaseFee ? gasPrice - baseFee : gasPrice,
    baseFee,
    value: message.value,
    data: message.data,
    // Nonces have 64 bits: the last is followed by the first.
    nonce: stateNonce === MAX_NONCE ? -1n : undefined,
    accessList: message.accessList,
    authorizationList: message.authorizationList ?? [],
    blobHashes: message.blobHashes ?? [],
    blobGasPrice,
    mint: undefined,
  };
}

function callResult({ outcome, output, error, logs }: RanMessage, isCapped: boolean): SimulatedCall {
  const { gasUsed, maxGasUsed } = outcome;
  const seen = logs.map(({ log, index }) => ({ log, index }));
  const used = { logs: seen, gasUsed, maxGasUsed };
  if (error === undefined) return { ...used, returnData: output, error: undefined };
  const returnData = new Uint8Array(0);
  if (error === "execution reverted") {
    const { message } = new ExecutionRevertedError(output);
    return { ...used, returnData, error: { code: SIMULATE_CODES.reverted, message, data: output } };
  }
  const capped = isCapped ? " (gas limit was capped by the RPC server's global gas cap)" : "";
  return { ...used, returnData, error: { code: SIMULATE_CODES.vmError, message: `${error}${capped}` } };
}

function answerBytes({ returnData, logs, error }: SimulatedCall, { data }: Transaction): number {
  const bytes = returnData.length + data.length + (error?.data?.length ?? 0);
  return logs.reduce((sum, { log }) => sum + ITEM_BYTES + 2 * log.data.length, ITEM_BYTES + 2 * bytes);
}

function bloomOf(logs: Log[]): Uint8Array {
  return logs.length === 0 ? EMPTY_BLOOM : logsBloom(logs);
}
