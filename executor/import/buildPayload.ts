import type { Common } from "@ethereumjs/common";
import { createTxFromRLP } from "@ethereumjs/tx";
import { Address } from "@ethereumjs/util";
import { type BlockBuilder, buildBlock, createVM } from "@ethereumjs/vm";
import { type Block, BraidError, type Transaction } from "../../protocol/index.ts";
import { checksumAddress } from "../simulate/checksumAddress.ts";
import type { StateStore } from "../state/stateStore.ts";
import { chainOfHashes } from "./blockRunner.ts";
import { decodeBlock } from "./decodeBlock.ts";
import type { EthereumForks } from "./ethereumForks.ts";
import { toBlock } from "./importedBlock.ts";
import { ImportState } from "./importState.ts";

/** What the consensus layer says of the block to build. Byte fields are 32 bytes unless said otherwise. */
export interface PayloadAttributes {
  timestamp: number;
  prevRandao: Uint8Array;
  /** 20 bytes. */
  suggestedFeeRecipient: Uint8Array;
  withdrawals: { index: bigint; validatorIndex: bigint; address: Uint8Array; amount: bigint }[];
  parentBeaconBlockRoot: Uint8Array | undefined;
  extraData: Uint8Array;
}

export interface Payload {
  block: Block;
  /** Tips of all transactions, in wei. */
  value: bigint;
  /** EIP-7685, encoded with their type. */
  requests: Uint8Array[];
}

export interface PayloadQuestion {
  forks: EthereumForks;
  store: StateStore;
  parent: Block;
  /** Hashes of the parent and the blocks before it, as far as BLOCKHASH reaches. */
  blockHashes: ReadonlyMap<number, Uint8Array>;
  attributes: PayloadAttributes;
  transactions: readonly Transaction[];
  /** Leaves a transaction out that cannot stand at its place; otherwise that is an error. */
  skipInvalid: boolean;
}

/** A transaction cannot stand at its place in the block; the message is geth's. */
export class PayloadTransactionError extends BraidError {
  constructor(message: string, cause?: unknown) {
    super("TRANSACTION_NOT_BUILDABLE", message, { cause });
  }
}

/** geth's default of the gas limit that a builder works towards. */
const DESIRED_GAS_LIMIT = 60_000_000n;
const GAS_LIMIT_DIVISOR = 1024n;

/** The block that a client would build on `parent`. Nothing is kept of it. */
export async function buildPayload(question: PayloadQuestion): Promise<Payload> {
  const { forks, store, parent, attributes } = question;
  const number = parent.header.number + 1;
  const common = forks.common();
  common.setHardforkBy({ blockNumber: BigInt(number), timestamp: BigInt(attributes.timestamp) });
  const state = new ImportState(store, common);
  await state.begin(parent.header.stateRoot);
  const vm = await createVM({
    common,
    stateManager: state,
    blockchain: chainOfHashes(question.blockHashes),
  });
  const builder = await buildBlock(vm, {
    parentBlock: decodeBlock(parent.ethereum?.raw ?? new Uint8Array(0), parent.header.number, forks),
    headerData: {
      timestamp: attributes.timestamp,
      mixHash: attributes.prevRandao,
      coinbase: attributes.suggestedFeeRecipient,
      extraData: attributes.extraData,
      gasLimit: nextGasLimit(parent.header.gasLimit),
      ...(attributes.parentBeaconBlockRoot === undefined
        ? {}
        : { parentBeaconBlockRoot: attributes.parentBeaconBlockRoot }),
    },
    ...(common.isActivatedEIP(4895) ? { withdrawals: attributes.withdrawals } : {}),
    blockOpts: { putBlockIntoBlockchain: false, skipConsensusFormatValidation: true },
  });
  for (const transaction of question.transactions) {
    await add({ builder, state, common, transaction, skipInvalid: question.skipInvalid });
  }
  const { block, requests } = await builder.build();
  return {
    block: toBlock(block, block.serialize(), []),
    value: builder.minerValue,
    // EIP-7685: a type without requests is left out.
    requests: (requests ?? []).map((request) => request.bytes).filter((bytes) => bytes.length > 1),
  };
}

function nextGasLimit(parent: bigint): bigint {
  const delta = parent / GAS_LIMIT_DIVISOR - 1n;
  if (parent < DESIRED_GAS_LIMIT) {
    return parent + delta < DESIRED_GAS_LIMIT ? parent + delta : DESIRED_GAS_LIMIT;
  }
  return parent - delta > DESIRED_GAS_LIMIT ? parent - delta : DESIRED_GAS_LIMIT;
}

async function add(step: {
  builder: BlockBuilder;
  state: ImportState;
  common: Common;
  transaction: Transaction;
  skipInvalid: boolean;
}): Promise<void> {
  const { builder, state, common, transaction, skipInvalid } = step;
  try {
    await checkSender(state, transaction);
    const tx = createTxFromRLP(transaction.raw, { common });
    await builder.addTransaction(tx, { allowNoBlobs: true });
  } catch (cause) {
    if (skipInvalid) return;
    if (cause instanceof PayloadTransactionError) throw cause;
    throw new PayloadTransactionError(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** geth's first checks of a message, in its words. */
async function checkSender(state: ImportState, transaction: Transaction): Promise<void> {
  const account = await state.getAccount(new Address(transaction.sender));
  const { nonce = 0n, balance = 0n } = account ?? {};
  const address = checksumAddress(transaction.sender);
  if (transaction.nonce !== nonce) {
    const word = transaction.nonce > nonce ? "high" : "low";
    throw new PayloadTransactionError(
      `nonce too ${word}: address ${address}, tx: ${transaction.nonce} state: ${nonce}`,
    );
  }
  const cost = transaction.gasLimit * transaction.maxFeePerGas + transaction.value;
  if (balance < cost) {
    throw new PayloadTransactionError(
      `insufficient funds for gas * price + value: address ${address} have ${balance} want ${cost}`,
    );
  }
}
