import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Block,
  type BlockHeader,
  createBlock,
  createBlockHeader,
  genWithdrawalsTrieRoot,
  type HeaderData,
} from "@ethereumjs/block";
import { Common, type GethGenesis, parseGethGenesis } from "@ethereumjs/common";
import { RLP } from "@ethereumjs/rlp";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { createTx, type TypedTransaction, type TypedTxData } from "@ethereumjs/tx";
import {
  createAddressFromPrivateKey,
  createAddressFromString,
  createWithdrawal,
  type WithdrawalData,
} from "@ethereumjs/util";
import { createVM, runBlock, type VM } from "@ethereumjs/vm";
import { pointEvaluation } from "../../executor/engine/pointEvaluation.ts";
import { bytesToHex, hexToBytes, keccak256 } from "../../protocol/index.ts";

const KEY = keccak256(new TextEncoder().encode("an account of the generated chain"));
export const SENDER = createAddressFromPrivateKey(KEY);
export const MINER: `0x${string}` = `0x${"11".repeat(20)}`;
export const UNCLE_MINER: `0x${string}` = `0x${"22".repeat(20)}`;
export const WITHDRAWN: `0x${string}` = `0x${"33".repeat(20)}`;
export const CHAIN_ID = 1337;
/** Blobs of the fork after Osaka: not those of any public network. */
export const BPO1 = { target: 2, max: 4, baseFeeUpdateFraction: 1_000_000 };

/** First block under each rule. Times are ten seconds a block. */
export const FORKS = {
  byzantium: 2,
  berlin: 4,
  london: 5,
  merge: 7,
  shanghai: 9,
  cancun: 11,
  prague: 13,
  osaka: 15,
  bpo1: 17,
};
const SECONDS = 10;
const time = (block: number) => block * SECONDS;

const config = {
  chainId: CHAIN_ID,
  homesteadBlock: 0,
  eip150Block: 1,
  eip155Block: 1,
  eip158Block: 1,
  byzantiumBlock: FORKS.byzantium,
  constantinopleBlock: 3,
  petersburgBlock: 3,
  istanbulBlock: 3,
  muirGlacierBlock: 3,
  berlinBlock: FORKS.berlin,
  londonBlock: FORKS.london,
  arrowGlacierBlock: 6,
  grayGlacierBlock: 6,
  shanghaiTime: time(FORKS.shanghai),
  cancunTime: time(FORKS.cancun),
  pragueTime: time(FORKS.prague),
  osakaTime: time(FORKS.osaka),
  bpo1Time: time(FORKS.bpo1),
  terminalTotalDifficulty: 1,
  ethash: {},
  blobSchedule: {
    cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 },
    prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
    osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
    bpo1: BPO1,
  },
};

/** Without calldata it destroys itself; else it stores the second word under the first, and logs the first. */
const INIT_CODE = "0x601780600b6000396000f33660065733ff5b6020356000355560003560206000a100";

const genesis: GethGenesis = {
  config,
  nonce: "0x0",
  timestamp: "0x0",
  extraData: "0x67656e657261746564",
  gasLimit: "0x1c9c380",
  difficulty: "0x20000",
  mixHash: `0x${"0".repeat(64)}`,
  coinbase: `0x${"0".repeat(40)}`,
  alloc: {
    [SENDER.toString().slice(2)]: { balance: "1000000000000000000000" },
    "0000000000000000000000000000000000000abc": {
      balance: "0x1",
      nonce: "0x1",
      code: "0x00",
      storage: { [`0x${"0".repeat(63)}1`]: `0x${"0".repeat(62)}2a` },
    },
  },
};

function makeCommon(): Common {
  const parsed = parseGethGenesis({
    ...genesis,
    config: { ...config, mergeForkBlock: FORKS.merge, mergeNetsplitBlock: FORKS.merge },
  });
  const bpo1 = parsed.customHardforks?.["bpo1"];
  // EthereumJS reads the parameters of such a fork by other names than it writes them.
  const customHardforks = {
    ...parsed.customHardforks,
    bpo1: { ...bpo1, params: { ...bpo1?.params, target: BPO1.target, max: BPO1.max } },
  };
  return new Common({
    chain: {
      name: "generated",
      chainId: CHAIN_ID,
      genesis: { gasLimit: 30_000_000, difficulty: 131_072, nonce: "0x0000000000000000", extraData: "0x" },
      hardforks: parsed.hardforks,
      customHardforks,
      bootstrapNodes: [],
      consensus: { type: "pow", algorithm: "ethash", ethash: {} },
    },
    hardfork: "chainstart",
    // Only that there is one is looked at: no blob comes with the transactions.
    customCrypto: { kzg: pointEvaluation },
  });
}

export interface GeneratedChain {
  files: { genesis: string; chain: string };
  folder: string;
  /** By number, with the genesis. */
  blocks: Block[];
  contract: `0x${string}`;
  /** Balance of an account after a block, by EthereumJS. */
  balanceAt(block: number, address: `0x${string}`): Promise<bigint>;
}

interface BlockPlan {
  transactions?: TypedTxData[];
  uncles?: BlockHeader[];
  withdrawals?: WithdrawalData[];
}

class Generator {
  readonly blocks: Block[] = [];
  readonly common = makeCommon();
  private nonce = 0n;
  readonly vm: VM;

  constructor(vm: VM) {
    this.vm = vm;
  }

  private get head(): Block {
    const head = this.blocks.at(-1);
    if (head === undefined) throw new TypeError("no genesis yet");
    return head;
  }

  rules(number: number): Common {
    const common = this.common.copy();
    common.setHardforkBy({ blockNumber: BigInt(number), timestamp: BigInt(time(number)) });
    return common;
  }

  /** A sibling of the head, that the next block may name as its uncle. */
  uncle(): BlockHeader {
    const { header } = this.head;
    const parent = this.blocks.at(-2);
    if (parent === undefined) throw new TypeError("the genesis has no sibling");
    const data: HeaderData = { ...header, coinbase: UNCLE_MINER, extraData: "0x75" };
    return createBlockHeader(data, {
      common: this.rules(Number(header.number)),
      calcDifficultyFromHeader: parent.header,
    });
  }

  async add({ transactions = [], uncles = [], withdrawals }: BlockPlan = {}): Promise<Block> {
    const parent = this.head;
    const number = Number(parent.header.number) + 1;
    const common = this.rules(number);
    const work = number < FORKS.merge;
    const header: HeaderData = {
      number,
      parentHash: parent.hash(),
      timestamp: time(number),
      gasLimit: number === FORKS.london ? parent.header.gasLimit * 2n : parent.header.gasLimit,
      coinbase: MINER,
      extraData: `0x${number.toString(16).padStart(2, "0")}`,
      mixHash: keccak256(Uint8Array.of(number)),
      nonce: work ? `0x${"0".repeat(14)}2a` : `0x${"0".repeat(16)}`,
      ...(uncles.length === 0 ? {} : { uncleHash: keccak256(RLP.encode(uncles.map((one) => one.raw()))) }),
    };
    if (number > FORKS.london) header.baseFeePerGas = parent.header.calcNextBaseFee();
    if (number >= FORKS.shanghai) {
      header.withdrawalsRoot = await genWithdrawalsTrieRoot((withdrawals ?? []).map(createWithdrawal));
    }
    const signed = transactions.map((data) => this.sign(data, common));
    if (number >= FORKS.cancun) {
      header.excessBlobGas = parent.header.calcNextExcessBlobGas(common);
      header.blobGasUsed = BigInt(131_072 * signed.reduce((sum, tx) => sum + blobsOf(tx), 0));
      header.parentBeaconBlockRoot = keccak256(Uint8Array.of(number, 1));
    }
    const block = createBlock(
      {
        header,
        transactions: signed,
        uncleHeaders: uncles,
        ...(number >= FORKS.shanghai ? { withdrawals: withdrawals ?? [] } : {}),
      },
      {
        common,
        skipConsensusFormatValidation: true,
        ...(work ? { calcDifficultyFromHeader: parent.header } : {}),
      },
    );
    return this.run(block, parent);
  }

  private async run(block: Block, parent: Block): Promise<Block> {
    let made: Block | undefined;
    this.vm.events.once("afterBlock", (result) => {
      made = result.block;
    });
    await runBlock(this.vm, {
      block,
      root: parent.header.stateRoot,
      generate: true,
      skipBlockValidation: true,
      setHardfork: true,
    });
    if (made === undefined) throw new TypeError("no block was made");
    this.blocks.push(made);
    return made;
  }

  private sign(data: TypedTxData, common: Common): TypedTransaction {
    return createTx(
      { gasLimit: 200_000n, chainId: BigInt(CHAIN_ID), ...data, nonce: this.nonce++ },
      { common },
    ).sign(KEY);
  }
}

const blobsOf = (tx: TypedTransaction) => ("blobVersionedHashes" in tx ? tx.blobVersionedHashes.length : 0);
const word = (value: number) => value.toString(16).padStart(64, "0");
/** Calldata that stores `value` in `slot`. */
const store = (slot: number, value: number): `0x${string}` => `0x${word(slot)}${word(value)}`;

const GWEI = 1_000_000_000n;
const RECIPIENT: `0x${string}` = `0x${"44".repeat(20)}`;

/** A chain through all forks from Homestead on, with what each of them brought: made by EthereumJS, written as files. */
export async function generateChain(): Promise<GeneratedChain> {
  const common = makeCommon();
  const stateManager = new MerkleStateManager({ common });
  const hashes = new Map<number, Uint8Array>();
  const blockchain = {
    getBlock: (number: number) =>
      Promise.resolve({ hash: () => hashes.get(Number(number)) ?? new Uint8Array(32) }),
    putBlock: () => Promise.resolve(),
    shallowCopy: () => blockchain,
  };
  const vm = await createVM({ common, stateManager, blockchain, setHardfork: true });
  const generator = new Generator(vm);
  await stateManager.generateCanonicalGenesis({
    [SENDER.toString()]: "0x3635c9adc5dea00000",
    "0x0000000000000000000000000000000000000abc": ["0x1", "0x00", [[`0x${"0".repeat(63)}1`, "0x2a"]], "0x1"],
  });
  const { gasLimit, difficulty, extraData } = genesis;
  generator.blocks.push(
    createBlock(
      {
        header: {
          number: 0,
          stateRoot: await stateManager.getStateRoot(),
          gasLimit,
          difficulty: difficulty ?? "0x0",
          extraData: hexToBytes(extraData ?? "0x"),
        },
      },
      { common: generator.rules(0), skipConsensusFormatValidation: true },
    ),
  );
  const contract = await fill(generator);
  const folder = await mkdtemp(join(tmpdir(), "braid-generated-chain-"));
  const files = { genesis: join(folder, "genesis.json"), chain: join(folder, "chain.rlp") };
  await writeFile(files.genesis, JSON.stringify(genesis));
  await writeFile(files.chain, Buffer.concat(generator.blocks.slice(1).map((block) => block.serialize())));
  return {
    files,
    folder,
    blocks: generator.blocks,
    contract,
    async balanceAt(number, address) {
      const block = generator.blocks[number];
      if (block === undefined) throw new TypeError(`there is no block ${number}`);
      await stateManager.setStateRoot(block.header.stateRoot);
      const account = await stateManager.getAccount(createAddressFromString(address));
      return account?.balance ?? 0n;
    },
  };
}

async function fill(generator: Generator): Promise<`0x${string}`> {
  const legacy = (to: `0x${string}` | undefined, data: string): TypedTxData => ({
    type: 0,
    gasPrice: 20n * GWEI,
    ...(to === undefined ? {} : { to }),
    data: hexToBytes(data),
  });
  const fee = { type: 2, maxFeePerGas: 20n * GWEI, maxPriorityFeePerGas: GWEI } as const;
  await generator.add({
    transactions: [legacy(undefined, INIT_CODE), { type: 0, gasPrice: GWEI, to: RECIPIENT, value: 5n }],
  });
  const created = keccak256(RLP.encode([SENDER.bytes, new Uint8Array(0)])).slice(12);
  const contract = bytesToHex(created);
  await generator.add({ transactions: [legacy(contract, store(1, 11)), legacy(contract, store(2, 22))] });
  const uncle = generator.uncle();
  await generator.add({ transactions: [legacy(contract, store(1, 0))], uncles: [uncle] });
  await generator.add({
    transactions: [
      {
        type: 1,
        gasPrice: 2n * GWEI,
        to: contract,
        data: hexToBytes(store(3, 33)),
        accessList: [{ address: contract, storageKeys: [`0x${word(3)}`] }],
      },
      // Gone with all its storage.
      legacy(contract, "0x"),
    ],
  });
  await generator.add({ transactions: [{ ...fee, to: RECIPIENT, value: 7n }] });
  for (let number = 6; number < FORKS.shanghai; number++)
    await generator.add({ transactions: [{ ...fee, to: RECIPIENT, value: 1n }] });
  await generator.add({
    withdrawals: [{ index: 0n, validatorIndex: 9n, address: WITHDRAWN, amount: 1_000_000n }],
  });
  await generator.add({ transactions: [{ ...fee, data: hexToBytes(INIT_CODE) }] });
  for (let number = FORKS.cancun; number <= FORKS.bpo1 + 2; number++) {
    const blobs = number === FORKS.bpo1 ? BPO1.max : 2;
    await generator.add({ transactions: [blobTransaction(blobs), { ...fee, to: RECIPIENT, value: 1n }] });
  }
  return contract;
}

function blobTransaction(blobs: number): TypedTxData {
  const blobVersionedHashes = Array.from(
    { length: blobs },
    (_, i): `0x${string}` => `0x01${word(i).slice(2)}`,
  );
  return {
    type: 3,
    maxFeePerGas: 20n * GWEI,
    maxPriorityFeePerGas: GWEI,
    maxFeePerBlobGas: 100n * GWEI,
    blobVersionedHashes,
    to: RECIPIENT,
    gasLimit: 21_000n,
  };
}
