import { createBlock, genTransactionsTrieRoot } from "@ethereumjs/block";
import type { Common } from "@ethereumjs/common";
import { MerklePatriciaTrie } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { Caches, CacheType, MerkleStateManager } from "@ethereumjs/statemanager";
import { createTxFromRLP, type TypedTransaction } from "@ethereumjs/tx";
import {
  Account,
  Address,
  createAddressFromString,
  intToBytes,
  MapDB,
  setLengthLeft,
  ValueEncoding,
} from "@ethereumjs/util";
import { createVM, encodeReceipt, type RunTxResult, runTx, type VM } from "@ethereumjs/vm";
import {
  type AccessListEntry,
  BEACON_ROOTS_ADDRESS,
  type BlockInput,
  BraidError,
  bytesToHex,
  HISTORY_STORAGE_ADDRESS,
  hexToBytes,
  keccak256,
} from "../../../protocol/index.ts";
import type { BlockResult, StockSample } from "./types.ts";

type StockBlock = ReturnType<typeof createBlock>;

/** Every account and slot that a block touches: what a node that has been up for a while holds in its caches. */
export type Touched = AccessListEntry[];

/** An empty state manager as its best user sets it up: all caches on, as LRU maps, trie nodes as bytes. */
export function stockStateOptions(common: Common): ConstructorParameters<typeof MerkleStateManager>[0] {
  const trie = new MerklePatriciaTrie({
    useKeyHashing: true,
    common,
    db: new MapDB<string, Uint8Array>(),
    valueEncoding: ValueEncoding.Bytes,
  });
  const cache = { type: CacheType.LRU, size: 50_000 };
  return { common, trie, caches: new Caches({ account: cache, code: cache, storage: cache }) };
}

/** A copy that shares the nodes below, with what the block touches already read into its caches. */
export async function freshStockState(
  base: MerkleStateManager,
  touched: Touched,
): Promise<MerkleStateManager> {
  const state = base.shallowCopy(false);
  for (const { address, storageKeys } of touched) {
    const at = new Address(address);
    if ((await state.getAccount(at)) === undefined) continue;
    await state.getCode(at);
    for (const key of storageKeys) await state.getStorage(at, key);
  }
  return state;
}

export interface StockJob {
  common: Common;
  base: MerkleStateManager;
  touched: Touched;
  seals: Seals;
}

/** The block on EthereumJS as it comes, one transaction after the other. A refused transaction is an error. */
export async function runStock(
  { common, base, touched, seals }: StockJob,
  input: BlockInput,
): Promise<{ result: BlockResult; sample: StockSample }> {
  const state = await freshStockState(base, touched);
  const vm = await createStockVm(common, state, input);
  const block = stockBlock(common, input);
  const raws = input.transactions.map(({ raw }) => raw);

  const started = performance.now();
  const transactions = raws.map((raw) => createTxFromRLP(raw, { common }));
  for (const transaction of transactions) transaction.getSenderAddress();
  const recovered = performance.now();
  await systemWrites(state, input);
  const results = await runInOrder(vm, block, transactions);
  await collectBaseFees(state, input, results);
  return finishStock(vm, { transactions, results, started, recovered, seals });
}

/** What Braid's blocks end with: the fee recipient gets the base fees too. */
async function collectBaseFees(
  state: MerkleStateManager,
  { coinbase, baseFeePerGas }: BlockInput,
  results: RunTxResult[],
): Promise<void> {
  const gasUsed = results.reduce((sum, { totalGasSpent }) => sum + totalGasSpent, 0n);
  const address = new Address(coinbase);
  const account = (await state.getAccount(address)) ?? new Account();
  account.balance += gasUsed * baseFeePerGas;
  await state.putAccount(address, account);
}

/** The transactions inside one checkpoint, which {@link finishStock} commits. */
export async function runInOrder(
  vm: VM,
  block: StockBlock,
  transactions: TypedTransaction[],
): Promise<RunTxResult[]> {
  await vm.evm.journal.checkpoint();
  const results: RunTxResult[] = [];
  let blockGasUsed = 0n;
  for (const tx of transactions) {
    const result = await runTx(vm, { tx, block, blockGasUsed });
    blockGasUsed += result.totalGasSpent;
    results.push(result);
  }
  return results;
}

/** Receipts, by their hash → what sealing them gave. */
export type Seals = Map<string, { receiptsRoot: Uint8Array; sealMs: number }>;

interface StockRun {
  seals: Seals;
  transactions: TypedTransaction[];
  results: RunTxResult[];
  started: number;
  recovered: number;
}

/** Commit, flush and state root, timed; then the seal. */
export async function finishStock(
  vm: VM,
  { transactions, results, started, recovered, seals }: StockRun,
): Promise<{ result: BlockResult; sample: StockSample }> {
  const executed = performance.now();
  await vm.evm.journal.commit();
  const { stateManager } = vm;
  if (!(stateManager instanceof MerkleStateManager)) {
    throw new BraidError("BENCH_WRONG_STATE", "the stock side must run on MerkleStateManager");
  }
  await stateManager.flush();
  const stateRoot = await stateManager.getStateRoot();
  const rooted = performance.now();
  const { receiptsRoot, sealMs } = await sealOnce(vm.common, transactions, results, seals);
  const gasUsed = results.reduce((sum, { totalGasSpent }) => sum + totalGasSpent, 0n);
  const reverts = results.filter(({ execResult }) => execResult.exceptionError !== undefined).length;
  return {
    result: { stateRoot, receiptsRoot, gasUsed, reverts },
    sample: {
      recoveryMs: recovered - started,
      executeMs: executed - recovered,
      rootMs: rooted - executed,
      sealMs,
    },
  };
}

/**
 * The roots of transactions and receipts, timed. They take EthereumJS as long as the state root and are no part of the
 * comparison: the same receipts are sealed once.
 */
async function sealOnce(
  common: Common,
  transactions: TypedTransaction[],
  results: RunTxResult[],
  seals: Seals,
): Promise<{ receiptsRoot: Uint8Array; sealMs: number }> {
  const started = performance.now();
  const encoded = results.map(({ receipt }, i) => encodeReceipt(receipt, transactions[i]?.type ?? 0));
  const digest = bytesToHex(keccak256(Buffer.concat(encoded)));
  const known = seals.get(digest);
  if (known !== undefined) return known;
  await genTransactionsTrieRoot(transactions);
  const trie = new MerklePatriciaTrie({ common });
  for (const [i, receipt] of encoded.entries()) await trie.put(RLP.encode(i), receipt);
  const seal = { receiptsRoot: trie.root(), sealMs: performance.now() - started };
  seals.set(digest, seal);
  return seal;
}

/** Runs the block once and answers what each transaction touched, as EthereumJS reports it. */
export async function recordTouched(
  common: Common,
  base: MerkleStateManager,
  input: BlockInput,
): Promise<Touched[]> {
  const state = await freshStockState(base, []);
  const vm = await createStockVm(common, state, input);
  const block = stockBlock(common, input);
  await systemWrites(state, input);
  await vm.evm.journal.checkpoint();
  const touched: Touched[] = [];
  for (const { raw } of input.transactions) {
    const tx = createTxFromRLP(raw, { common });
    const { accessList } = await runTx(vm, { tx, block, reportAccessList: true });
    touched.push(
      (accessList ?? []).map(({ address, storageKeys }) => ({
        address: hexToBytes(address),
        storageKeys: storageKeys.map((key) => hexToBytes(key)),
      })),
    );
  }
  return touched;
}

async function createStockVm(
  common: Common,
  stateManager: MerkleStateManager,
  input: BlockInput,
): Promise<VM> {
  const hashOf = (number: number) => (number === input.number - 1 ? input.parentHash : new Uint8Array(32));
  const blockchain = {
    getBlock: (number: number) => Promise.resolve({ hash: () => hashOf(number) }),
    putBlock: () => Promise.resolve(),
    shallowCopy: () => blockchain,
  };
  return createVM({ common, stateManager, blockchain });
}

function stockBlock(common: Common, input: BlockInput): StockBlock {
  return createBlock(
    {
      header: {
        number: BigInt(input.number),
        parentHash: input.parentHash,
        coinbase: new Address(input.coinbase),
        timestamp: BigInt(input.timestamp),
        gasLimit: input.gasLimit,
        baseFeePerGas: input.baseFeePerGas,
        mixHash: input.prevRandao,
        extraData: input.extraData,
      },
    },
    { common, skipConsensusFormatValidation: true },
  );
}

/** EIP-4788 and EIP-2935, as both sides open a block. */
async function systemWrites(state: MerkleStateManager, input: BlockInput): Promise<void> {
  const ring = (index: number) => setLengthLeft(intToBytes(index), 32);
  const roots = createAddressFromString(bytesToHex(BEACON_ROOTS_ADDRESS));
  const history = createAddressFromString(bytesToHex(HISTORY_STORAGE_ADDRESS));
  await state.putStorage(roots, ring(input.timestamp % 8191), intToBytes(input.timestamp));
  await state.putStorage(roots, ring((input.timestamp % 8191) + 8191), input.parentBeaconBlockRoot);
  await state.putStorage(history, ring((input.number - 1) % 8191), input.parentHash);
}
