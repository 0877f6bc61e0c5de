import { type Block, createBlockFromRPC } from "@ethereumjs/block";
import { Common, Mainnet } from "@ethereumjs/common";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { createTxFromRLP } from "@ethereumjs/tx";
import { Account, createAddressFromString } from "@ethereumjs/util";
import { createVM } from "@ethereumjs/vm";
import { pointEvaluation } from "../../../../executor/engine/pointEvaluation.ts";
import { hexToBytes, stripLeadingZeros } from "../../../../protocol/index.ts";
import { STOCK_CRYPTO } from "../stockCommon.ts";
import {
  finishStock,
  freshStockState,
  runInOrder,
  type Seals,
  stockStateOptions,
  type Touched,
} from "../stockRun.ts";
import type { BlockResult, StockSample } from "../types.ts";
import type { MainnetBlock, Prestate } from "./loadMainnetBlocks.ts";

/**
 * A real block on stock EthereumJS, under its own hard fork, by the convention of the data: the transactions alone, no
 * reward, no withdrawals, no system calls. The partial state is loaded once; each run starts from a fresh copy.
 */
export class StockMainnetBlock {
  private readonly common: Common;
  private readonly block: Block;
  private readonly raws: Uint8Array[];
  private readonly base: MerkleStateManager;
  private readonly blockHashes: Record<string, string>;
  private readonly touched: Touched;
  private readonly seals: Seals = new Map();

  private constructor(
    parts: { common: Common; block: Block; base: MerkleStateManager; touched: Touched },
    blockHashes: Record<string, string>,
  ) {
    this.common = parts.common;
    this.block = parts.block;
    this.raws = parts.block.transactions.map((transaction) => transaction.serialize());
    this.base = parts.base;
    this.touched = parts.touched;
    this.blockHashes = blockHashes;
  }

  static async load(
    { block: json, prestate, blockHashes }: MainnetBlock,
    cold: boolean,
  ): Promise<StockMainnetBlock> {
    const common = new Common({ chain: Mainnet, customCrypto: { ...STOCK_CRYPTO, kzg: pointEvaluation } });
    common.setHardforkBy({ blockNumber: BigInt(json.number), timestamp: BigInt(json.timestamp) });
    const block = createBlockFromRPC(json, [], {
      common,
      setHardfork: true,
      skipConsensusFormatValidation: true,
    });
    const base = await loadPrestate(common, prestate);
    const touched = cold ? [] : touchedBy(prestate);
    return new StockMainnetBlock({ common, block, base, touched }, blockHashes);
  }

  get transactions(): number {
    return this.raws.length;
  }

  async run(): Promise<{ result: BlockResult; sample: StockSample }> {
    const { common, block, raws } = this;
    const stateManager = await freshStockState(this.base, this.touched);
    const hashOf = (number: number) => hexToBytes(this.blockHashes[String(number)] ?? "");
    const blockchain = {
      getBlock: (number: number) => Promise.resolve({ hash: () => hashOf(number) }),
      putBlock: () => Promise.resolve(),
      shallowCopy: () => blockchain,
    };
    const vm = await createVM({ common, stateManager, blockchain });
    const started = performance.now();
    const transactions = raws.map((raw) => createTxFromRLP(raw, { common }));
    for (const transaction of transactions) transaction.getSenderAddress();
    const recovered = performance.now();
    const results = await runInOrder(vm, block, transactions);
    return finishStock(vm, { transactions, results, started, recovered, seals: this.seals });
  }
}

async function loadPrestate(common: Common, prestate: Prestate): Promise<MerkleStateManager> {
  const state = new MerkleStateManager(stockStateOptions(common));
  await state.checkpoint();
  for (const [hex, { balance, nonce, code, storage = {} }] of Object.entries(prestate)) {
    const slots = Object.entries(storage)
      .map(([slot, value]) => ({ slot: hexToBytes(slot), value: stripLeadingZeros(hexToBytes(value)) }))
      .filter(({ value }) => value.length > 0);
    const codeBytes = hexToBytes(code ?? "");
    if (BigInt(balance) === 0n && nonce === 0 && codeBytes.length === 0 && slots.length === 0) continue;
    const address = createAddressFromString(hex);
    await state.putAccount(address, new Account(BigInt(nonce), BigInt(balance)));
    if (codeBytes.length > 0) await state.putCode(address, codeBytes);
    for (const { slot, value } of slots) await state.putStorage(address, slot, value);
  }
  await state.commit();
  return state;
}

function touchedBy(prestate: Prestate): Touched {
  return Object.entries(prestate).map(([address, { storage = {} }]) => ({
    address: hexToBytes(address),
    storageKeys: Object.keys(storage).map((slot) => hexToBytes(slot)),
  }));
}
