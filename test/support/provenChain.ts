import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { l1BlockArtifact } from "../../contracts/artifacts/l1Block.ts";
import {
  blockClaim,
  braidRules,
  buildBatchWitness,
  createExecutor,
  type ExecutedBlock,
  type Executor,
  StateStore,
} from "../../executor/index.ts";
import {
  type BatchCommitment,
  type BatchL1Origin,
  type BatchMessage,
  type Block,
  type BlockInput,
  BraidError,
  blockToBatchBlock,
  bytesEqual,
  bytesToBigInt,
  bytesToHex,
  type ChainConfig,
  calldataHash,
  commitmentHash,
  decodeDeposit,
  depositMessageHash,
  EMPTY_BYTES,
  encodeBatch,
  encodeHeader,
  forcedMessageHash,
  type GenesisAccount,
  genesisCommitment,
  hexToBytes,
  keccak256,
  L1_BLOCK_ADDRESS,
  L1_PRICE_SLOTS,
  l1AttributesTransaction,
  nextL2BaseFee,
  outputRoot,
  type ProofInput,
  padTo32,
  rollMessage,
  type Transaction,
} from "../../protocol/index.ts";
import { createProver, type HashBlobs, type Prover } from "../../prover-stub/index.ts";
import { testGenesis } from "./chainInputs.ts";
import { HOSTILE_CODE } from "./contracts/hostile.ts";
import { ACTORS, type BlockSpec, blockInput, CHAIN_ID, type TransactionSpec } from "./randomBlocks.ts";

export const MESSAGE_PASSER = hexToBytes("0x4200000000000000000000000000000000000016");
const EMPTY_ROOT = hexToBytes("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
export const L1 = {
  chainId: 31337,
  rollup: new Uint8Array(20).fill(0xaa),
  verifier: new Uint8Array(20).fill(0xbb),
};
export const PROVER_KEY = `0x${"42".repeat(32)}` as const;

/** A call that always succeeds: stores and logs. */
export const callSpec = (sender: number, slot: bigint, value: bigint): TransactionSpec => ({
  sender,
  type: 2,
  to: { kind: "contract", index: sender % 3 },
  value: 0n,
  steps: [
    { command: "store", a: slot, b: value },
    { command: "log", a: 1n, b: value },
  ],
  gasLimit: 500_000n,
  tip: 2n,
  nonceOffset: 0n,
  list: "exact",
  authority: 0,
  delegate: { kind: "fee" },
  authorizationNonceOffset: 0n,
});

export const blockOf = (...transactions: TransactionSpec[]): BlockSpec => ({
  fee: { kind: "fee" },
  gasLimit: 120_000_000n,
  transactions,
});

/** A transaction that came through L1; the block has it among its own or leaves it out. */
export interface ForcedTransaction {
  block: number;
  transaction: Transaction;
}

/** The L1 block in which the messages of an L2 block were queued. */
type QueuedAt = (block: number) => number;

const FORCER = new Uint8Array(20).fill(0xcc);

/** A chain built by our executor in lanes, cut into batches, with all that a prover is given. */
export class ProvenChain {
  readonly executor: Executor;
  private readonly config: ChainConfig;
  private readonly directory: string;
  private readonly store: StateStore;
  private previous: BatchCommitment;
  private head: Block;
  /** Last block of the batch before. */
  private parent: Block;
  private l1Block = 0;
  private readonly origins = new Map<number, BatchL1Origin>();
  private given: { number: number; hash: Uint8Array } | undefined;

  /** What a rollup on L1 starts from. */
  readonly genesis: { stateRoot: Uint8Array; blockHash: Uint8Array };

  private constructor(
    executor: Executor,
    directory: string,
    store: StateStore,
    genesis: Block,
    config: ChainConfig,
  ) {
    this.config = config;
    this.executor = executor;
    this.directory = directory;
    this.store = store;
    this.genesis = { stateRoot: genesis.header.stateRoot, blockHash: genesis.hash };
    this.previous = genesisCommitment(this.genesis);
    this.head = genesis;
    this.parent = genesis;
  }

  static async create(
    lanes = 1,
    accounts: GenesisAccount[] = [],
    config: ChainConfig = testGenesis().config,
  ): Promise<ProvenChain> {
    const directory = await mkdtemp(join(tmpdir(), "braid-prover-"));
    const genesis = { ...testGenesis(), config };
    genesis.accounts = [...genesis.accounts, messagePasser(), l1Block(), ...accounts];
    const executor = createExecutor({ dataDir: directory, lanes, genesis, inlineBelowMicros: 0 });
    await executor.start();
    const executed = await executor.initialize();
    await executor.commit(executed);
    const store = StateStore.open(directory, { readOnly: true });
    return new ProvenChain(executor, directory, store, executed.block, config);
  }

  /** Every state so far. */
  states(): StateStore {
    this.store.refresh();
    return this.store;
  }

  prover(hashBlobs?: HashBlobs): Prover & { signer: Uint8Array } {
    return createProver({
      chain: this.config,
      l1: L1,
      key: PROVER_KEY,
      ...(hashBlobs === undefined ? {} : { hashBlobs }),
    });
  }

  /** Random blocks, under the environment that the chain prescribes; actors' nonces are as the state has them. */
  inputOf(spec: BlockSpec): BlockInput["transactions"] {
    const state = this.executor.state();
    const nonces = ACTORS.map(({ address }) => state.account(address)?.nonce ?? 0n);
    const prescribed = { ...spec, fee: { kind: "fee" as const }, gasLimit: 120_000_000n };
    return blockInput(prescribed, nonces, this.nextBaseFee()).transactions;
  }

  /**
   * Builds blocks on the head, one of each list of transactions; the first has a new L1 origin. `stored`: sees, and may
   * spoil, what goes to the store. `origin`: of L1, when it is a real one.
   */
  async build(
    makers: (() => BlockInput["transactions"])[],
    stored: (executed: ExecutedBlock) => void = () => undefined,
    origin?: { number: number; hash: Uint8Array },
  ): Promise<{ blocks: Block[]; lanes: number }> {
    const blocks: Block[] = [];
    let lanes = 0;
    this.l1Block = origin?.number ?? this.l1Block + 1;
    this.given = origin;
    for (const make of makers) {
      const attributes = blocks.length === 0 ? [this.attributes()] : [];
      const executed = await this.executor.execute(this.nextBlock([...attributes, ...make()]));
      stored(executed);
      await this.executor.commit(executed);
      lanes = Math.max(lanes, executed.report.lanes);
      this.origins.set(executed.block.header.number, {
        ...this.origin(),
        sequenceNumber: blocks.length,
        messages: 0,
      });
      blocks.push(executed.block);
      this.head = executed.block;
    }
    return { blocks, lanes };
  }

  /** The batch of these blocks, and what a prover is given of it. `queuedAt`: L1 blocks of their messages. */
  async batch(
    blocks: Block[],
    forced: ForcedTransaction[] = [],
    queuedAt: QueuedAt = (block) => this.originOf(block).number,
  ): Promise<ProofInput> {
    const { previous } = this;
    const last = blocks.at(-1);
    if (last === undefined) throw new BraidError("TEST_NO_BLOCK", "no block");
    const { witness } = await buildBatchWitness({
      source: this.states(),
      rules: braidRules(CHAIN_ID),
      preStateRoot: this.parent.header.stateRoot,
      blocks: blocks.map((block) => ({ ...block, omitted: omittedOf(block, forced) })),
    });
    const messages = messagesOf(blocks, forced, queuedAt);
    const data = encodeBatch(this.batchBlocks(blocks, messages));
    const queued = this.queue(previous, messages);
    const storageRoot = this.executor.state().account(MESSAGE_PASSER)?.storageRoot ?? EMPTY_ROOT;
    const { stateRoot } = last.header;
    const origin = this.originOf(last.header.number);
    const commitment: BatchCommitment = {
      header: {
        number: previous.header.number + 1,
        previousHash: commitmentHash(previous),
        firstBlock: previous.header.lastBlock + 1,
        lastBlock: last.header.number,
        postStateRoot: stateRoot,
        lastBlockHash: last.hash,
        outputRoot: outputRoot({ stateRoot, messagePasserStorageRoot: storageRoot, blockHash: last.hash }),
        l1OriginNumber: origin.number,
        l1OriginHash: origin.hash,
        messagesConsumed: queued.count,
      },
      dataHash: calldataHash(data),
      rollingHash: queued.rollingHash,
    };
    const parentHeader = encodeHeader(this.parent.header);
    this.previous = commitment;
    this.parent = last;
    const claims = blocks.map(blockClaim);
    return {
      batch: { commitment, previous, parentHeader, data, blobs: undefined, messages, claims },
      witness,
    };
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.executor.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  private nextBaseFee(): bigint {
    const state = this.executor.state();
    const price = (slot: Uint8Array) => bytesToBigInt(state.storage(L1_BLOCK_ADDRESS, slot));
    const prices = { baseFee: price(L1_PRICE_SLOTS.baseFee), blobBaseFee: price(L1_PRICE_SLOTS.blobBaseFee) };
    return nextL2BaseFee(this.config, this.head.header, prices);
  }

  private nextBlock(transactions: Transaction[]): BlockInput {
    const { header, hash } = this.head;
    return {
      number: header.number + 1,
      parentHash: hash,
      timestamp: header.timestamp + (header.number % 2),
      baseFeePerGas: this.nextBaseFee(),
      gasLimit: this.config.gasLimit,
      coinbase: this.config.feeRecipient,
      prevRandao: keccak256(hash),
      extraData: EMPTY_BYTES,
      parentBeaconBlockRoot: new Uint8Array(32),
      transactions,
    };
  }

  private attributes(): Transaction {
    return l1AttributesTransaction({
      ...this.origin(),
      timestamp: 1_600_000_000 + 12 * this.l1Block,
      baseFee: 1_000_000n * BigInt(this.l1Block),
      blobBaseFee: BigInt(this.l1Block),
      sequenceNumber: 0,
    });
  }

  private origin(): { number: number; hash: Uint8Array } {
    return this.given ?? { number: this.l1Block, hash: keccak256(Uint8Array.of(this.l1Block)) };
  }

  private originOf(block: number): BatchL1Origin {
    const origin = this.origins.get(block);
    if (origin === undefined) throw new BraidError("TEST_NO_BLOCK", `block ${block} is not of this chain`);
    return origin;
  }

  private batchBlocks(blocks: Block[], messages: BatchMessage[]) {
    return blocks.map((block) => {
      const fromL1 = messages.filter((message) => message.block === block.header.number);
      const known = new Set(fromL1.map(({ raw }) => bytesToHex(raw)));
      const transactions = block.transactions.filter(({ raw }) => !known.has(bytesToHex(raw)));
      return {
        ...blockToBatchBlock({ ...block, transactions }),
        l1Origin: {
          ...this.originOf(block.header.number),
          messages: fromL1.filter(({ kind }) => kind !== "attributes").length,
        },
      };
    });
  }

  private queue(
    previous: BatchCommitment,
    messages: BatchMessage[],
  ): { count: number; rollingHash: Uint8Array } {
    let { rollingHash } = previous;
    let count = previous.header.messagesConsumed;
    for (const message of messages) {
      if (message.kind === "attributes") continue;
      const place = { index: count, l1Block: message.l1Block };
      const hash =
        message.kind === "forced"
          ? forcedMessageHash(place, message.from, message.raw)
          : depositMessageHash(place, depositFields(message.raw));
      rollingHash = rollMessage(rollingHash, hash);
      count += 1;
    }
    return { count, rollingHash };
  }
}

function messagesOf(blocks: Block[], forced: ForcedTransaction[], queuedAt: QueuedAt): BatchMessage[] {
  return blocks.flatMap(({ header: { number }, transactions }) => {
    const place = { block: number, l1Block: queuedAt(number) };
    return [
      ...transactions
        .filter(({ deposit }) => deposit !== undefined)
        .map(({ raw, to }): BatchMessage => {
          const isAttributes = to !== undefined && bytesEqual(to, L1_BLOCK_ADDRESS);
          return isAttributes
            ? { kind: "attributes", block: number, raw }
            : { kind: "deposit", ...place, raw };
        }),
      ...forced
        .filter(({ block }) => block === number)
        .map(({ transaction: { raw } }): BatchMessage => ({ kind: "forced", ...place, from: FORCER, raw })),
    ];
  });
}

function messagePasser(): GenesisAccount {
  return {
    address: MESSAGE_PASSER,
    nonce: 1n,
    balance: 0n,
    codeHash: keccak256(HOSTILE_CODE),
    code: HOSTILE_CODE,
    storage: [1, 2, 3].map((n) => ({ slot: padTo32(Uint8Array.of(n)), value: Uint8Array.of(n) })),
  };
}

/** The predeploy, as every L2 has it. */
function l1Block(): GenesisAccount {
  const code = hexToBytes(l1BlockArtifact.deployedBytecode);
  const codeHash = keccak256(code);
  return { address: L1_BLOCK_ADDRESS, nonce: 1n, balance: 0n, codeHash, code, storage: [] };
}

function depositFields(raw: Uint8Array) {
  const { sender, to, value, gasLimit, data, deposit } = decodeDeposit(raw);
  return { from: sender, to, mint: deposit?.mint ?? 0n, value, gasLimit, data };
}

function omittedOf({ header, transactions }: Block, forced: ForcedTransaction[]): Transaction[] {
  return forced
    .filter(
      ({ block, transaction }) =>
        block === header.number && !transactions.some(({ hash }) => bytesEqual(hash, transaction.hash)),
    )
    .map(({ transaction }) => transaction);
}
