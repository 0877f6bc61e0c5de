import type { Hex } from "viem";
import { braidRules } from "../../../executor/engine/chainRules.ts";
import { TimeLimit } from "../../../executor/readers/timeLimit.ts";
import type { ReadDesk, ReadScene } from "../../../executor/readers/types.ts";
import { decodeReplayTransaction } from "../../../executor/replay/replayTransaction.ts";
import { BlockReplay } from "../../../executor/trace/blockReplay.ts";
import { TraceBudget } from "../../../executor/trace/traceBudget.ts";
import { minedMessage } from "../../../executor/trace/tracedMessage.ts";
import {
  type TraceBlockParams,
  type TracedTransaction,
  traceBlockJob,
} from "../../../executor/trace/traceJobs.ts";
import { createNoopTracer } from "../../../executor/trace/tracers/noopTracer.ts";
import { Tracing } from "../../../executor/trace/tracing.ts";
import { withTracingVms } from "../../../executor/trace/tracingVms.ts";
import { EMPTY_TRIE_ROOT } from "../../../executor/trie/accountRlp.ts";
import { bytesToHex, hexToBytes, keccak256, type StateDiff } from "../../../protocol/index.ts";
import { MemoryState } from "../memoryState.ts";
import { type RpcReceipt, receiptOf } from "../receiptOf.ts";
import { rpc } from "../rpc.ts";

interface RpcBlock {
  number: Hex;
  hash: Hex;
  parentHash: Hex;
  timestamp: Hex;
  baseFeePerGas: Hex;
  gasLimit: Hex;
  miner: Hex;
  mixHash: Hex;
  extraData: Hex;
  parentBeaconBlockRoot: Hex;
  excessBlobGas: Hex;
  transactions: Hex[];
}

type Choice = TraceBlockParams["choice"];

export const STRUCT_LOGS: Choice = {
  tracer: undefined,
  tracerConfig: undefined,
  enableMemory: false,
  disableStack: false,
  disableStorage: false,
  enableReturnData: false,
  limit: 0,
};

/** A transaction that Anvil mined, on a state of ours in memory that follows Anvil's. */
export interface MinedCase {
  hash: Hex;
  receipt: RpcReceipt;
  trace(choice: Partial<Choice>, bounds?: TraceBlockParams["bounds"]): Promise<unknown>;
  /** What the block's transactions change, run by the lane and by the tracing VM. */
  diffs(): Promise<{ lane: StateDiff; traced: StateDiff }>;
}

const BOUNDS = { timeoutMs: 60_000, maxBytes: 100_000_000 };

/** Follows an Anvil block by block: each transaction is a block of its own there. */
export class MinedChain {
  private state = new MemoryState();
  private readonly rpcUrl: string;
  private readonly chainId: number;

  constructor(rpcUrl: string, chainId: number) {
    this.rpcUrl = rpcUrl;
    this.chainId = chainId;
  }

  async adopt(address: Hex): Promise<void> {
    const [balance, code, nonce] = await Promise.all(
      ["eth_getBalance", "eth_getCode", "eth_getTransactionCount"].map((method) =>
        rpc(this.rpcUrl, method, [address, "latest"]),
      ),
    );
    const bytes = hexToBytes(String(code));
    const codeHash = keccak256(bytes);
    this.state.codes.set(bytesToHex(codeHash), bytes);
    this.state.accounts.set(address.toLowerCase(), {
      balance: BigInt(String(balance)),
      nonce: BigInt(String(nonce)),
      codeHash,
      storageRoot: EMPTY_TRIE_ROOT,
    });
  }

  /** Sends it, waits for its block, and moves our state past it. */
  async mine(transaction: object): Promise<MinedCase> {
    const sent = { gas: "0x7a1200", ...transaction };
    const hash = String(await rpc(this.rpcUrl, "eth_sendTransaction", [sent]));
    return this.follow(hash);
  }

  async follow(hash: string): Promise<MinedCase> {
    const receipt = await receiptOf(this.rpcUrl, hash);
    const block = (await rpc(this.rpcUrl, "eth_getBlockByNumber", [receipt.blockNumber, false])) as RpcBlock;
    const raws = await Promise.all(
      block.transactions.map((one) => rpc(this.rpcUrl, "eth_getRawTransactionByHash", [one])),
    );
    const transactions: TracedTransaction[] = raws.map((raw) =>
      decodeReplayTransaction(hexToBytes(String(raw))),
    );
    const index = Number(receipt.transactionIndex);
    const scene = this.sceneOf(block);
    const before = this.state;
    const desk = (): ReadDesk => ({
      limit: new TimeLimit(60_000),
      open: () => before,
      node: () => undefined,
      code: (codeHash) => before.code(codeHash),
    });
    await this.advance(scene, transactions);
    const params = (choice: Partial<Choice>, bounds = BOUNDS): TraceBlockParams => ({
      scene,
      blockHash: hexToBytes(block.hash),
      transactions: transactions.slice(0, index + 1),
      from: index,
      choice: { ...STRUCT_LOGS, ...choice },
      bounds,
    });
    return {
      hash: receipt.transactionHash,
      receipt,
      trace: async (choice, bounds) => (await traceBlockJob(desk(), params(choice, bounds)))[0]?.result,
      diffs: () => bothDiffs(before, scene, transactions),
    };
  }

  private sceneOf(block: RpcBlock): ReadScene {
    return {
      state: { blockNumber: Number(block.number) - 1, stateRoot: EMPTY_TRIE_ROOT },
      environment: {
        number: Number(block.number),
        parentHash: hexToBytes(block.parentHash),
        timestamp: Number(block.timestamp),
        baseFeePerGas: BigInt(block.baseFeePerGas),
        gasLimit: BigInt(block.gasLimit),
        coinbase: hexToBytes(block.miner),
        prevRandao: hexToBytes(block.mixHash),
        extraData: hexToBytes(block.extraData),
        parentBeaconBlockRoot: hexToBytes(block.parentBeaconBlockRoot),
        excessBlobGas: BigInt(block.excessBlobGas),
      },
      rules: braidRules(this.chainId),
    };
  }

  private async advance({ environment, rules }: ReadScene, transactions: TracedTransaction[]): Promise<void> {
    const diff = await withTracingVms(rules, async ({ lane }) => {
      const replay = new BlockReplay(this.state, environment, lane);
      await replay.run(transactions, new TimeLimit(60_000));
      return replay.overlay.diff();
    });
    const next = new MemoryState();
    for (const [key, value] of this.state.accounts) next.accounts.set(key, value);
    for (const [key, value] of this.state.slots) next.slots.set(key, value);
    for (const [key, value] of this.state.codes) next.codes.set(key, value);
    next.apply(diff, new Map());
    this.state = next;
  }
}

async function bothDiffs(
  state: MemoryState,
  { environment, rules }: ReadScene,
  transactions: TracedTransaction[],
): Promise<{ lane: StateDiff; traced: StateDiff }> {
  const limit = new TimeLimit(60_000);
  return withTracingVms(rules, async ({ lane, tracing: vm }) => {
    const plain = new BlockReplay(state, environment, lane);
    await plain.run(transactions, limit);
    const watched = new BlockReplay(state, environment, lane);
    for (const transaction of transactions) {
      const budget = new TraceBudget(limit, BOUNDS.timeoutMs, BOUNDS.maxBytes);
      const tracing = new Tracing(createNoopTracer(), budget, 0);
      const message = minedMessage(transaction, environment.baseFeePerGas, 0n);
      const { writes } = await vm.run(message, watched.overlay, environment, tracing);
      watched.take(writes, 0);
    }
    return { lane: plain.overlay.diff(), traced: watched.overlay.diff() };
  });
}
