import { RLP } from "@ethereumjs/rlp";
import {
  BEACON_ROOTS_ADDRESS,
  bigIntToBytes,
  EMPTY_BYTES,
  HISTORY_STORAGE_ADDRESS,
  keccak256,
  type Log,
  orInto,
  type Withdrawal,
} from "../../../protocol/index.ts";
import { hasCode, recordOr } from "../../engine/access.ts";
import { encodeReceipt } from "../../engine/encodeReceipt.ts";
import { keyOf } from "../../engine/keys.ts";
import { trieRootOfList } from "../../trie/trieRootOfList.ts";
import { depositRequest, REQUEST_QUEUES, requestsHash } from "./blockRequests.ts";
import type { BlockRules } from "./blockRules.ts";
import { LaneTracing } from "./laneCallVm.ts";
import { type BlockCalls, runCalls } from "./runCalls.ts";
import type { MessageStage } from "./runMessage.ts";
import { type SimulatedHeader, sealHeader } from "./simulatedHeader.ts";
import { blockFailed } from "./simulateErrors.ts";
import type { PlannedBlock, SimulatedBlock, SimulatedChain } from "./types.ts";

const GWEI = 1_000_000_000n;

/** What a block runs on and with: `overlay` is the state before it, and becomes the state after it. */
export interface BlockStage extends MessageStage {
  header: SimulatedHeader;
  rules: BlockRules;
  chain: SimulatedChain;
  validation: boolean;
  gas: { left: bigint };
  /** Closes the state; asked once, at the end. */
  stateRoot(): Uint8Array;
}

/** Runs one block, in geth's order: system calls, calls, requests, withdrawals or reward, roots. */
export async function simulateBlock(stage: BlockStage, planned: PlannedBlock): Promise<SimulatedBlock> {
  await openBlock(stage);
  const calls = await runCalls({ ...stage, chainId: stage.chain.chainId }, planned.calls);
  const { header, rules } = stage;
  header.gasUsed = calls.gasUsed;
  if (rules.fork.hasBlobs) header.blobGasUsed = calls.blobGasUsed;
  if (rules.hasRequests) header.requestsHash = requestsHash(await collectRequests(stage, calls));
  const withdrawals = rules.hasWithdrawals ? (planned.overrides.withdrawals ?? []) : undefined;
  payOut(stage, withdrawals ?? []);
  if (stage.chain.collectsBaseFee && stage.validation) {
    stage.overlay.credit(keyOf(header.coinbase), calls.gasUsed * (header.baseFeePerGas ?? 0n));
  }
  header.stateRoot = stage.stateRoot();
  return seal(header, calls, withdrawals);
}

/** EIP-4788 and 2935. */
async function openBlock(stage: BlockStage): Promise<void> {
  const { header, rules } = stage;
  if (header.parentBeaconBlockRoot !== undefined) {
    await systemCall(stage, BEACON_ROOTS_ADDRESS, header.parentBeaconBlockRoot);
  }
  if (rules.hasHistory) await systemCall(stage, HISTORY_STORAGE_ADDRESS, header.parentHash);
}

async function systemCall(stage: BlockStage, to: Uint8Array, data: Uint8Array) {
  const { lane, overlay, environment, budget } = stage;
  const result = await lane.systemCall(to, data, overlay, environment, new LaneTracing(budget, { next: 0 }));
  overlay.apply(result.writes);
  return result;
}

async function collectRequests(stage: BlockStage, { calls }: BlockCalls): Promise<Uint8Array[]> {
  const { chain, overlay } = stage;
  const requests: Uint8Array[] = [];
  const logs = calls.flatMap(({ logs: seen }): Log[] => seen.map(({ log }) => log));
  const deposits =
    chain.depositContract === undefined ? undefined : depositRequest(logs, chain.depositContract);
  if (deposits !== undefined) requests.push(deposits);
  for (const { type, address, name } of REQUEST_QUEUES) {
    if (!hasCode(recordOr(overlay.account(keyOf(address))))) {
      if (!chain.needsRequestContracts) continue;
      const at = Buffer.from(address).toString("hex");
      throw blockFailed(`failed to process ${name} queue: empty system contract: no code at 0x${at}`);
    }
    const { output, error } = await systemCall(stage, address, EMPTY_BYTES);
    if (error !== undefined) {
      throw blockFailed(`failed to process ${name} queue: system call failed to execute: ${error}`);
    }
    if (output.length > 0) requests.push(Uint8Array.of(type, ...output));
  }
  return requests;
}

/** Withdrawals (EIP-4895), or what the miner gets. */
function payOut({ overlay, rules, header }: BlockStage, withdrawals: readonly Withdrawal[]): void {
  if (!rules.isProofOfStake) overlay.credit(keyOf(header.coinbase), rules.reward);
  for (const { address, amount } of withdrawals) overlay.credit(keyOf(address), amount * GWEI);
}

function seal(
  header: SimulatedHeader,
  { transactions, receipts, calls }: BlockCalls,
  withdrawals: Withdrawal[] | undefined,
): SimulatedBlock {
  header.transactionsRoot = trieRootOfList(transactions.map(({ raw }) => raw));
  header.receiptsRoot = trieRootOfList(receipts.map(encodeReceipt));
  header.logsBloom = new Uint8Array(header.logsBloom.length);
  for (const { logsBloom } of receipts) orInto(header.logsBloom, logsBloom);
  const withdrawn = withdrawals?.map(({ index, validatorIndex, address, amount }) => [
    bigIntToBytes(index),
    bigIntToBytes(validatorIndex),
    address,
    bigIntToBytes(amount),
  ]);
  if (withdrawn !== undefined)
    header.withdrawalsRoot = trieRootOfList(withdrawn.map((one) => RLP.encode(one)));
  const sealed = sealHeader(header);
  const body = transactions.map(({ type, raw }) => (type === 0 ? RLP.decode(raw) : raw));
  const raw = RLP.encode([sealed.fields, body, [], ...(withdrawn === undefined ? [] : [withdrawn])]);
  return {
    block: {
      header: sealed.header,
      hash: keccak256(sealed.header.ethereum?.raw ?? EMPTY_BYTES),
      size: raw.length,
      transactions,
      receipts,
      ethereum: { raw: EMPTY_BYTES, uncles: [], withdrawals },
    },
    calls,
  };
}
