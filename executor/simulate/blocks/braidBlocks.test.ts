import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  BEACON_ROOTS_ADDRESS,
  type Block,
  bytesToHex,
  developmentGenesis,
  type Genesis,
  type GenesisAccount,
  HISTORY_STORAGE_ADDRESS,
  InvariantError,
  type Transaction,
} from "../../../protocol/index.ts";
import { nextBlock, testGenesis } from "../../../test/support/chainInputs.ts";
import { blockInput, CHAIN_ID, type TransactionSpec } from "../../../test/support/randomBlocks.ts";
import { createExecutor } from "../../createExecutor.ts";
import { braidRules } from "../../engine/chainRules.ts";
import { createReaders } from "../../readers/createReaders.ts";
import type { Readers } from "../../readers/types.ts";
import type { Executor } from "../../types.ts";
import type { CallRequest } from "../types.ts";
import { planBlocks } from "./planBlocks.ts";
import type { SimulateBlocksParams } from "./types.ts";

const BLOCKS = 3;
const SENDERS = 4;
/** Transactions of each sender in a block. */
const ROUNDS = 3;

/** The test's accounts, with the system contracts as a chain has them. */
function genesisWithSystem(): Genesis {
  const system = [BEACON_ROOTS_ADDRESS, HISTORY_STORAGE_ADDRESS].map(bytesToHex);
  const isSystem = ({ address }: GenesisAccount) => system.includes(bytesToHex(address));
  const genesis = testGenesis();
  const real = developmentGenesis().accounts.filter(isSystem);
  return { ...genesis, accounts: [...genesis.accounts.filter((one) => !isSystem(one)), ...real] };
}

let stateDirectory: string;
let executor: Executor;
let readers: Readers;
const blocks: Block[] = [];

/** Contract calls that add, set and log, and transfers. */
function transactionsOf(number: number): Transaction[] {
  const specs: TransactionSpec[] = Array.from({ length: ROUNDS * SENDERS }, (_, i) => ({
    sender: i % SENDERS,
    type: 2,
    to: { kind: "contract", index: i % 3 },
    value: BigInt(i % 2),
    steps: [
      { command: "add", a: BigInt(i), b: BigInt(number) },
      { command: "log", a: 1n, b: BigInt(i) },
    ],
    gasLimit: 500_000n,
    tip: 2n,
    // From the sender's nonce at genesis, which later blocks are far from.
    nonceOffset: number === 1 ? 0n : BigInt((number - 1) * ROUNDS + Math.floor(i / SENDERS)),
    list: i % 2 === 0 ? "exact" : "none",
    authority: 0,
    delegate: { kind: "fee" },
    authorizationNonceOffset: 0n,
  }));
  return blockInput({ fee: { kind: "fee" }, gasLimit: 120_000_000n, transactions: specs }).transactions;
}

beforeAll(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), "braid-simulate-"));
  executor = createExecutor({ dataDir: stateDirectory, lanes: 1, genesis: genesisWithSystem() });
  await executor.start();
  const genesis = await executor.initialize();
  await executor.commit(genesis);
  blocks.push(genesis.block);
  for (let number = 1; number <= BLOCKS; number++) {
    const head = executor.head();
    if (head === undefined) throw new InvariantError("a started chain has no head");
    const input = { ...nextBlock(head, transactionsOf(number)), timestamp: 1_700_000_000 + number };
    const executed = await executor.execute(input);
    await executor.commit(executed);
    blocks.push(executed.block);
  }
  readers = await createReaders({ stateDirectory, threads: 1, queueLimit: 8 });
}, 60_000);
afterAll(async () => {
  await readers?.close();
  await executor?.stop();
  await rm(stateDirectory, { recursive: true, force: true });
});

function requestOf(transaction: Transaction): CallRequest {
  const { sender, to, gasLimit, maxFeePerGas, maxPriorityFeePerGas, value, data, nonce, accessList } =
    transaction;
  return {
    from: sender,
    ...(to === undefined ? {} : { to }),
    gas: gasLimit,
    maxFeePerGas,
    maxPriorityFeePerGas,
    value,
    data,
    nonce,
    accessList,
  };
}

/** The blocks after `base`, to be simulated as they are. */
function paramsAfter(base: Block, wanted: readonly Block[]): SimulateBlocksParams {
  const { header, hash } = base;
  const requests = wanted.map(
    ({ header: { prevRandao, parentBeaconBlockRoot, timestamp, baseFeePerGas }, transactions }) => ({
      overrides: { prevRandao, beaconRoot: parentBeaconBlockRoot, time: timestamp, baseFeePerGas },
      stateOverrides: [],
      calls: transactions.map(requestOf),
    }),
  );
  return {
    state: { blockNumber: header.number, stateRoot: header.stateRoot },
    base: { header, hash },
    blockHashes: undefined,
    chain: {
      chainId: CHAIN_ID,
      baseFee: testGenesis().config,
      l1Prices: undefined,
      depositContract: undefined,
      needsRequestContracts: false,
      collectsBaseFee: true,
    },
    blocks: planBlocks(header, requests).map((block) => ({ ...block, rules: braidRules(CHAIN_ID) })),
    validation: true,
    traceTransfers: false,
    gasCap: 50_000_000n,
    maxBytes: 10_000_000,
  };
}

test.each([0, 1, 2])(
  "the block after block %i, simulated on a read thread, is the one that was built",
  async (number) => {
    const [base, real] = blocks.slice(number);
    if (base === undefined || real === undefined) throw new InvariantError("the chain is too short");
    const [simulated] = await readers.run("simulateBlocks", paramsAfter(base, [real]), { timeoutMs: 10_000 });
    const { header, receipts, transactions } = real;
    expect(transactions.length).toBe(ROUNDS * SENDERS);
    expect(simulated?.block.header).toMatchObject({
      parentHash: header.parentHash,
      number: header.number,
      coinbase: header.coinbase,
      gasUsed: header.gasUsed,
      stateRoot: header.stateRoot,
      receiptsRoot: header.receiptsRoot,
      logsBloom: header.logsBloom,
      baseFeePerGas: header.baseFeePerGas,
    });
    expect(
      simulated?.calls.map(({ gasUsed, logs }) => ({ gasUsed, logs: logs.map(({ log }) => log) })),
    ).toEqual(receipts.map(({ gasUsed, logs }) => ({ gasUsed, logs })));
  },
);

test("a base block whose changes have no root yet, as a pending one, gives the same state", async () => {
  const [, base, next] = blocks;
  if (base === undefined || next === undefined) throw new InvariantError("the chain is too short");
  const genesis = blocks[0];
  if (genesis === undefined) throw new InvariantError("no genesis");
  const { changes } = await changesOf(genesis, base);
  const params = paramsAfter(base, [next]);
  const { stateRoot } = genesis.header;
  const [simulated] = await readers.run(
    "simulateBlocks",
    { ...params, state: { blockNumber: 0, stateRoot, changes } },
    { timeoutMs: 10_000 },
  );
  expect(simulated?.block.header.stateRoot).toEqual(next.header.stateRoot);
});

/** Runs the block again, on a chain of its own. */
async function changesOf(genesis: Block, block: Block) {
  const dataDir = await mkdtemp(join(tmpdir(), "braid-simulate-again-"));
  const again = createExecutor({ dataDir, lanes: 1, genesis: genesisWithSystem() });
  try {
    await again.start();
    await again.commit(await again.initialize());
    const head = { number: 0, hash: genesis.hash, stateRoot: genesis.header.stateRoot };
    const { timestamp } = block.header;
    const executed = await again.execute({ ...nextBlock(head, block.transactions), timestamp });
    return { changes: executed.stateDiff };
  } finally {
    await again.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
