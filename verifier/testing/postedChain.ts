/** An honest chain and what L1 would hold of it, built on the executor alone: to be spoiled by tests. */
import { rmSync } from "node:fs";
import { privateKeyToAccount } from "viem/accounts";
import { developmentDeployment, l2Genesis } from "../../contracts/index.ts";
import { createExecutor, type Executor } from "../../executor/index.ts";
import {
  type BatchBlock,
  type BatchL1Origin,
  type Block,
  blockToBatchBlock,
  calldataHash,
  commitmentHash,
  decodeDeposit,
  decodeTransaction,
  depositMessageHash,
  depositTransaction,
  encodeBatch,
  forcedMessageHash,
  forcedTransaction,
  type Genesis,
  genesisCommitment,
  type Hex,
  hexToBytes,
  InvariantError,
  keccak256,
  l1AttributesTransaction,
  l1PricesIn,
  nextL2BaseFee,
  outputRoot,
  rollMessage,
  type Transaction,
  userDepositSourceHash,
} from "../../protocol/index.ts";
import type { BatchEnd } from "../derivation/batchSource.ts";
import type { L1Header, L1Message } from "../l1/l1Types.ts";
import type { L1Batch } from "../types.ts";

const CHAIN_ID = 7357;
const ADDRESS: Hex = `0x${"ab".repeat(20)}`;
const RECIPIENT: Hex = `0x${"bb".repeat(20)}`;
const PASSER = hexToBytes("0x4200000000000000000000000000000000000016");
/** Account 0 of the development mnemonic: rich on L2 from genesis on. */
const RICH = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const FORCER = privateKeyToAccount(`0x${"f0".repeat(32)}`);
const QUEUER = hexToBytes(`0x${"cc".repeat(20)}`);

export interface BlockPlan {
  /** L1 block that the origin moves to. */
  origin?: number;
  /** Messages that it takes. */
  messages: number;
  /** Transfers of the rich account. */
  transfers: number;
  /** A sequencer that leaves forced transactions out, whatever they are. */
  censors?: boolean;
}

/** What is on L1 of a batch, honest as it comes. */
export interface Posted {
  batch: L1Batch;
  previous: BatchEnd;
  data: Uint8Array;
  blocks: BatchBlock[];
}

export class PostedChain {
  readonly genesis: Genesis;
  readonly messages: L1Message[] = [];
  readonly rolling: Uint8Array[] = [new Uint8Array(32)];
  private readonly executor: Executor;
  private readonly dataDir: string;
  private head: Block;
  private end: BatchEnd;
  private nonce = 0;

  private constructor(genesis: Genesis, executor: Executor, dataDir: string, block: Block) {
    const commitment = genesisCommitment({ stateRoot: block.header.stateRoot, blockHash: block.hash });
    const zero = new Uint8Array(32);
    this.genesis = genesis;
    this.executor = executor;
    this.dataDir = dataDir;
    this.head = block;
    this.end = {
      ...{
        number: 0,
        hash: commitmentHash(commitment),
        lastBlock: 0,
        messagesConsumed: 0,
        rollingHash: zero,
      },
      ...{ originNumber: 0, originHash: zero, sequenceNumber: 0 },
    };
  }

  static async create(dataDir: string): Promise<PostedChain> {
    const genesis = l2Genesis(
      developmentDeployment({
        l1StandardBridge: ADDRESS,
        feeVault: { recipient: ADDRESS, minWithdrawalAmount: 0n },
      }),
    );
    const executor = createExecutor({ dataDir, lanes: 1, genesis });
    await executor.start();
    const executed = await executor.initialize();
    await executor.commit(executed);
    return new PostedChain(genesis, executor, dataDir, executed.block);
  }

  async close(): Promise<void> {
    await this.executor.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** A block of L1; every one has its own prices. */
  header(number: number): L1Header {
    const hash = keccak256(new TextEncoder().encode(`L1 block ${number}`));
    const parentHash = keccak256(new TextEncoder().encode(`L1 block ${number - 1}`));
    const timestamp = this.genesis.timestamp + 12 * number;
    return { number, hash, parentHash, timestamp, baseFee: BigInt(number) * 10n ** 8n, blobBaseFee: 1n };
  }

  deposit(l1Block: number, fields: { to?: Hex; mint?: bigint; gasLimit?: bigint; data?: Hex } = {}): void {
    const { to, mint = 10n ** 18n, gasLimit = 100_000n, data = "0x" } = fields;
    const sourceHash = userDepositSourceHash(this.header(l1Block).hash, this.messages.length);
    const { raw } = depositTransaction({
      ...{ sourceHash, from: QUEUER, to: to === undefined ? undefined : hexToBytes(to) },
      ...{ mint, value: mint, gasLimit, data: hexToBytes(data) },
    });
    this.queue({ l1Block, kind: "deposit", from: QUEUER, raw });
  }

  /** A transfer by an account that only a deposit to it can have paid. */
  async force(l1Block: number, nonce: number, gas = 21_000n): Promise<void> {
    const raw = await FORCER.signTransaction({
      ...{ type: "eip1559", chainId: CHAIN_ID, nonce, gas, to: RECIPIENT, value: 7n },
      ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n },
    });
    this.queue({ l1Block, kind: "forced", from: QUEUER, raw: hexToBytes(raw) });
  }

  readonly forcer: Hex = FORCER.address;
  readonly recipient: Hex = RECIPIENT;

  private queue(message: Omit<L1Message, "index">): void {
    const index = this.messages.length;
    this.messages.push({ ...message, index });
    this.rolling.push(
      rollMessage(this.rolling[index] ?? new Uint8Array(32), messageHash({ ...message, index })),
    );
  }

  async transfer(fields: { chainId?: number } = {}): Promise<Transaction> {
    const raw = await RICH.signTransaction({
      ...{ type: "eip1559", chainId: CHAIN_ID, nonce: this.nonce, gas: 21_000n, to: RECIPIENT, value: 1n },
      ...{ maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n },
      ...fields,
    });
    if (fields.chainId === undefined) this.nonce += 1;
    return decodeTransaction(hexToBytes(raw));
  }

  /** The next batch of the chain. */
  async post(plans: readonly BlockPlan[]): Promise<Posted> {
    const previous = this.end;
    const blocks: BatchBlock[] = [];
    for (const plan of plans) blocks.push(await this.build(plan));
    const { header, hash } = this.head;
    const passer = this.executor.state().account(PASSER);
    const { stateRoot } = header;
    const messagePasserStorageRoot = passer?.storageRoot ?? new Uint8Array(32);
    const { originNumber, originHash, messagesConsumed } = this.end;
    const settled = {
      ...{ number: previous.number + 1, previousHash: previous.hash },
      ...{ firstBlock: previous.lastBlock + 1, lastBlock: header.number },
      ...{ postStateRoot: stateRoot, lastBlockHash: hash, messagesConsumed },
      outputRoot: outputRoot({ stateRoot, messagePasserStorageRoot, blockHash: hash }),
      ...{ l1OriginNumber: originNumber, l1OriginHash: originHash },
    };
    const data = encodeBatch(blocks);
    const rollingHash = this.rolling[messagesConsumed] ?? new Uint8Array(32);
    const commitment = { header: settled, dataHash: calldataHash(data), rollingHash };
    const l1Block = { ...this.header(originNumber + 1) };
    const batch: L1Batch = {
      ...commitment,
      ...{ hash: commitmentHash(commitment), kind: "calldata", blobHashes: [], l1Block },
      transactionHash: new Uint8Array(32),
    };
    this.end = {
      ...this.end,
      number: settled.number,
      hash: batch.hash,
      lastBlock: header.number,
      rollingHash,
    };
    return { batch, previous, data, blocks };
  }

  private async build({ origin, messages, transfers, censors }: BlockPlan): Promise<BatchBlock> {
    const { config } = this.genesis;
    const moved = origin === undefined ? undefined : this.header(origin);
    const first = this.end.messagesConsumed;
    const taken = this.messages.slice(first, first + messages);
    const deposits = moved === undefined ? [] : [l1AttributesTransaction({ ...moved, sequenceNumber: 0 })];
    const forced: Transaction[] = [];
    for (const { kind, raw } of taken) {
      const found = kind === "deposit" ? decodeDeposit(raw) : forcedTransaction(raw, BigInt(CHAIN_ID));
      if (typeof found !== "string") (kind === "deposit" ? deposits : forced).push(found);
    }
    const own: Transaction[] = [];
    for (let i = 0; i < transfers; i++) own.push(await this.transfer());
    const state = this.executor.state();
    const prices = l1PricesIn((address, slot) => state.storage(address, slot));
    const tried = censors === true ? [] : forced;
    const { header, hash } = this.head;
    const executed = await this.executor.execute({
      ...{ number: header.number + 1, parentHash: hash, timestamp: header.timestamp + 1 },
      ...{ baseFeePerGas: nextL2BaseFee(config, header, prices), gasLimit: config.gasLimit },
      ...{ coinbase: config.feeRecipient, prevRandao: keccak256(hash), extraData: new Uint8Array() },
      ...{ parentBeaconBlockRoot: new Uint8Array(32), transactions: [...deposits, ...tried, ...own] },
    });
    const left = executed.skipped.map(({ transaction }) => transaction);
    if (left.some((transaction) => !tried.includes(transaction))) {
      throw new InvariantError(`a block of the honest chain leaves out: ${executed.skipped[0]?.reason}`);
    }
    await this.executor.commit(executed);
    this.head = executed.block;
    const l1Origin: BatchL1Origin = {
      number: moved?.number ?? this.end.originNumber,
      hash: moved?.hash ?? this.end.originHash,
      sequenceNumber: moved === undefined ? this.end.sequenceNumber + 1 : 0,
      messages,
    };
    this.end = {
      ...this.end,
      ...{
        originNumber: l1Origin.number,
        originHash: l1Origin.hash,
        sequenceNumber: l1Origin.sequenceNumber,
      },
      messagesConsumed: first + messages,
    };
    return { ...blockToBatchBlock({ ...executed.block, transactions: own }), l1Origin };
  }
}

/** As L1's queue hashes it. */
export function messageHash({ index, l1Block, kind, from, raw }: L1Message): Uint8Array {
  const place = { index, l1Block };
  if (kind === "forced") return forcedMessageHash(place, from, raw);
  const { sender, deposit, ...fields } = decodeDeposit(raw);
  return depositMessageHash(place, { ...fields, from: sender, mint: deposit?.mint ?? 0n });
}
