import { type Block, createBlock, createBlockHeader } from "@ethereumjs/block";
import type { Common } from "@ethereumjs/common";
import { createTxFromRLP, type TypedTransaction } from "@ethereumjs/tx";
import { Account, Address, EthereumJSError } from "@ethereumjs/util";
import { encodeReceipt, runTx, type VM } from "@ethereumjs/vm";
import {
  type BatchBlock,
  bytesToBigInt,
  type ChainConfig,
  DecodeError,
  decodeDeposit,
  decodeTransaction,
  forcedTransaction,
  keccak256,
  L1_BLOCK_ADDRESS,
  L1_PRICE_SLOTS,
  nextL2BaseFee,
  type Transaction,
} from "../../protocol/index.ts";
import { ProofRefusedError } from "../proofRefusedError.ts";
import { listRoot } from "./listRoot.ts";
import { runStockDeposit } from "./stockDeposit.ts";
import { openBlock } from "./systemWrites.ts";
import type { WitnessState } from "./witnessState.ts";

/** What a block follows from. */
export interface ProvenParent {
  hash: Uint8Array;
  timestamp: number;
  gasLimit: bigint;
  gasUsed: bigint;
  baseFeePerGas: bigint;
}

/** A block as L1 has it, with what L1 put into it. */
export interface ProvenBlockInput {
  block: BatchBlock;
  parent: ProvenParent;
  /** Raw deposits; they open the block. */
  deposits: Uint8Array[];
  /** Raw forced transactions; they follow, but for those that are not valid where their turn comes. */
  forced: Uint8Array[];
}

export interface ProvenTransaction {
  status: 0 | 1;
  gasUsed: bigint;
  receiptHash: Uint8Array;
}

export interface ProvenBlock extends ProvenParent {
  stateRoot: Uint8Array;
  receiptsRoot: Uint8Array;
  transactions: number;
}

export interface Runner {
  chain: ChainConfig;
  vm: VM;
  state: WitnessState;
  /** Before each transaction: lets other work have the thread, and may give up by throwing. */
  pace(): Promise<void>;
  /** After each transaction. */
  onTransaction(block: number, index: number, result: ProvenTransaction): void;
}

/**
 * One block, one transaction after the other, by EthereumJS alone. Throws ProofRefusedError for what cannot be part of
 * a block, and MissingLocationError where the witness ends.
 */
export async function runBlock(runner: Runner, input: ProvenBlockInput): Promise<ProvenBlock> {
  const { vm, state } = runner;
  const { block, parent, deposits } = input;
  await checkParent(runner, block, parent);
  await openBlock(state, { ...block, parentHash: parent.hash });
  const run = new BlockRun(runner, input);
  for (const raw of deposits) await run.deposit(raw);
  for (const raw of input.forced) await run.forced(raw);
  for (const raw of block.transactions) await run.transaction(raw);
  await run.close();
  const stateRoot = await state.seal();
  const receiptsRoot = await listRoot(run.receipts);
  const header = createBlockHeader(
    {
      ...environmentOf(input),
      stateRoot,
      transactionsTrie: await listRoot(run.transactions),
      receiptTrie: receiptsRoot,
      logsBloom: run.bloom,
      gasUsed: run.gasUsed,
    },
    { common: vm.common, skipConsensusFormatValidation: true },
  );
  const { timestamp, gasLimit, baseFeePerGas } = block;
  return {
    hash: header.hash(),
    timestamp,
    gasLimit,
    gasUsed: run.gasUsed,
    baseFeePerGas,
    stateRoot,
    receiptsRoot,
    transactions: run.receipts.length,
  };
}

/** Time never goes back, and the base fee follows from the parent and from the L1 prices in the state after it. */
async function checkParent({ chain, state }: Runner, block: BatchBlock, parent: ProvenParent): Promise<void> {
  const { number, timestamp, baseFeePerGas } = block;
  const wrong = (field: string, claimed: string, found: string) =>
    new ProofRefusedError({ block: number, field, claimed, found });
  if (timestamp < parent.timestamp) {
    throw wrong("timestamp", `${timestamp}`, `${parent.timestamp} in the block before`);
  }
  const price = async (slot: Uint8Array) =>
    bytesToBigInt(await state.getStorage(new Address(L1_BLOCK_ADDRESS), slot));
  const prices = {
    baseFee: await price(L1_PRICE_SLOTS.baseFee),
    blobBaseFee: await price(L1_PRICE_SLOTS.blobBaseFee),
  };
  const expected = nextL2BaseFee(chain, parent, prices);
  if (baseFeePerGas !== expected) throw wrong("baseFeePerGas", `${baseFeePerGas}`, `${expected}`);
}

class BlockRun {
  readonly transactions: Uint8Array[] = [];
  readonly receipts: Uint8Array[] = [];
  readonly bloom = new Uint8Array(256);
  gasUsed = 0n;
  /** What the transactions paid as base fee. */
  private baseFees = 0n;
  private readonly runner: Runner;
  private readonly number: number;
  private readonly gasLimit: bigint;
  private readonly block: Block;

  constructor(runner: Runner, input: ProvenBlockInput) {
    this.runner = runner;
    this.number = input.block.number;
    this.gasLimit = input.block.gasLimit;
    this.block = createBlock(
      { header: environmentOf(input) },
      { common: runner.vm.common, skipConsensusFormatValidation: true },
    );
  }

  async deposit(raw: Uint8Array): Promise<void> {
    await this.runner.pace();
    const deposit = this.decodeDeposit(raw);
    if (deposit.gasLimit > this.gasLimit - this.gasUsed) {
      throw this.refused(
        "gasLimit",
        `${deposit.gasLimit}`,
        `${this.gasLimit - this.gasUsed} left in the block`,
      );
    }
    const result = await runStockDeposit(this.runner.vm, this.block, deposit, this.gasUsed);
    this.take(raw, result.status, result.gasUsed, result.receipt, result.bloom);
  }

  async transaction(raw: Uint8Array): Promise<void> {
    const reason = await this.tryTransaction(raw);
    if (reason !== undefined) throw this.refused("transaction", "valid at its place", reason);
  }

  /** Left out when it is not valid; but not for want of room, which is the sequencer's to keep. */
  async forced(raw: Uint8Array): Promise<void> {
    const forced = forcedTransaction(raw, this.runner.vm.common.chainId());
    if (typeof forced === "string") return;
    const room = this.gasLimit - this.gasUsed;
    if (forced.gasLimit > room) {
      const found = `gas of ${forced.gasLimit} where ${room} are left`;
      throw this.refused("forced transaction", "in the block", found);
    }
    await this.tryTransaction(raw);
  }

  /** Why it cannot be part of the block; undefined when it is now. */
  private async tryTransaction(raw: Uint8Array): Promise<string | undefined> {
    await this.runner.pace();
    const { vm } = this.runner;
    const tx = formOf(raw, vm.common);
    if (typeof tx === "string") return tx;
    try {
      const result = await runTx(vm, { tx, block: this.block, blockGasUsed: this.gasUsed });
      const status = result.execResult.exceptionError === undefined ? 1 : 0;
      const receipt = encodeReceipt(result.receipt, tx.type);
      this.take(raw, status, result.totalGasSpent, receipt, result.bloom.bitvector);
      this.baseFees += result.totalGasSpent * (this.block.header.baseFeePerGas ?? 0n);
      return undefined;
    } catch (error) {
      if (!(error instanceof EthereumJSError)) throw error;
      return error.message;
    }
  }

  /** The base fees are not burnt: when the block ends, the coinbase gets them. */
  async close(): Promise<void> {
    if (this.baseFees === 0n) return;
    const { evm } = this.runner.vm;
    const { coinbase } = this.block.header;
    const account = (await this.runner.state.getAccount(coinbase)) ?? new Account();
    account.balance += this.baseFees;
    await evm.journal.putAccount(coinbase, account);
    await evm.journal.cleanup();
  }

  private take(
    raw: Uint8Array,
    status: 0 | 1,
    gasUsed: bigint,
    receipt: Uint8Array,
    bloom: Uint8Array,
  ): void {
    this.transactions.push(raw);
    this.gasUsed += gasUsed;
    for (let i = 0; i < bloom.length; i++) this.bloom[i] = (this.bloom[i] ?? 0) | (bloom[i] ?? 0);
    this.receipts.push(receipt);
    const result = { status, gasUsed, receiptHash: keccak256(receipt) };
    this.runner.onTransaction(this.number, this.receipts.length - 1, result);
  }

  private decodeDeposit(raw: Uint8Array): Transaction {
    try {
      return decodeDeposit(raw);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw this.refused("deposit", "a deposit", error.message, error);
    }
  }

  private refused(field: string, claimed: string, found: string, cause?: unknown): ProofRefusedError {
    const transaction = this.receipts.length;
    return new ProofRefusedError({ block: this.number, transaction, field, claimed, found }, cause);
  }
}

function environmentOf({ block, parent }: ProvenBlockInput) {
  return {
    number: BigInt(block.number),
    parentHash: parent.hash,
    coinbase: new Address(block.coinbase),
    timestamp: BigInt(block.timestamp),
    gasLimit: block.gasLimit,
    baseFeePerGas: block.baseFeePerGas,
    mixHash: keccak256(parent.hash),
    extraData: block.extraData,
    parentBeaconBlockRoot: block.parentBeaconBlockRoot,
  };
}

/** EthereumJS recovers the sender; here only the form is looked at. */
const RECOVERED_LATER = new Uint8Array(20);

/** The transaction, or why these bytes are none of this chain: its own rules of form hold besides EthereumJS's. */
function formOf(raw: Uint8Array, common: Common): TypedTransaction | string {
  try {
    decodeTransaction(raw, { chainId: common.chainId(), sender: RECOVERED_LATER });
    return createTxFromRLP(raw, { common });
  } catch (error) {
    if (error instanceof DecodeError || error instanceof EthereumJSError) return error.message;
    throw error;
  }
}
