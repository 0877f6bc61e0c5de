/** A chain that our executor really builds, with its settlement on Anvil: for the tests that prove batches. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privateKeyToAccount } from "viem/accounts";
import {
  deploySettlement,
  developmentDeployment,
  encodeL2Deployment,
  l2Genesis,
  PREDEPLOYS,
  predictSettlementAddresses,
} from "../../../contracts/index.ts";
import {
  braidRules,
  createExecutor,
  type ExecutedBlock,
  historicalReader,
  StateStore,
} from "../../../executor/index.ts";
import { createRedis, createSql } from "../../../infra/index.ts";
import { migrate } from "../../../migrations/index.ts";
import {
  type Block,
  bytesToHex,
  decodeTransaction,
  type Hex,
  hexToBytes,
  InvariantError,
  l1AttributesTransaction,
  type Transaction,
} from "../../../protocol/index.ts";
import { l1Prices } from "../../block-builder/l1Prices.ts";
import { nextBlockInput } from "../../block-builder/nextBlockInput.ts";
import { createChainStore } from "../../chain-store/index.ts";
import { createStateAccess } from "../../rpc/blocks/stateAccess.ts";
import { createProofInputs } from "../proofInputs.ts";
import {
  type BenchOptions,
  benchOf,
  devAccount,
  devKey,
  ROLES,
  type SettlementStack,
} from "./settlementBench.ts";

const PASSER = hexToBytes(PREDEPLOYS.l2ToL1MessagePasser);

export type ProvenBench = Awaited<ReturnType<typeof startProvenBench>>;

export async function startProvenBench(stack: SettlementStack, finalizationPeriodSeconds = 2) {
  const sql = await createSql(stack.databaseUrl);
  await migrate(sql);
  const redis = await createRedis(stack.redisUrl, { blocking: true });
  const chain = createChainStore(sql);
  const deployer = devAccount(ROLES.deployer).address;
  const expected = await predictSettlementAddresses({ l1Url: stack.l1Url, deployer });
  const deploymentOfL2 = developmentDeployment({
    l1StandardBridge: expected.standardBridge,
    feeVault: { recipient: deployer, minWithdrawalAmount: 0n },
  });
  const genesis = l2Genesis(deploymentOfL2);
  const dataDir = await mkdtemp(join(tmpdir(), "braid-poster-"));
  const executor = createExecutor({ dataDir, lanes: 1, genesis });
  await executor.start();
  const first = await executor.initialize();
  await chain.appendBlock(first);
  await executor.commit(first);
  const store = StateStore.open(dataDir, { readOnly: true });
  const deployment = await deploySettlement({
    l1Url: stack.l1Url,
    deployerKey: devKey(ROLES.deployer),
    guardian: devAccount(ROLES.guardian).address,
    sequencer: devAccount(ROLES.sequencer).address,
    provers: [devAccount(ROLES.prover).address, devAccount(ROLES.otherProver).address],
    threshold: 2,
    genesis: { stateRoot: first.block.header.stateRoot, blockHash: first.block.hash },
    l2Deployment: encodeL2Deployment(deploymentOfL2),
    finalizationPeriodSeconds,
    submissionIntervalSeconds: 1,
    pollingIntervalMs: 20,
    expected,
  });
  let head: Block = first.block;
  let sequenceNumber = 0;
  const nonces = new Map<Hex, number>();
  const config = genesis.config;

  const buildProofInput = createProofInputs({
    chain,
    source: store,
    rules: braidRules(config.chainId),
    chainId: config.chainId,
  });
  const base: BenchOptions = {
    stack,
    sql,
    redis,
    chain,
    deployment,
    messagePasserRoot: (stateRoot) => {
      store.refresh();
      const account = historicalReader(store, stateRoot).account(PASSER);
      if (account === undefined) throw new InvariantError("the message passer is missing");
      return account.storageRoot;
    },
    buildProofInput,
    appendBlock: (transactions) => appendBlock(transactions),
    onStop: async () => {
      await store.close();
      await executor.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  const bench = benchOf(base);
  const origin = await bench.l1.reader.getBlock();

  async function signed(call: { to: Hex; value?: bigint; data?: Hex; gas?: bigint }): Promise<Transaction> {
    const account = privateKeyToAccount(devKey(6));
    const nonce = nonces.get(account.address) ?? 0;
    nonces.set(account.address, nonce + 1);
    const raw = await account.signTransaction({
      type: "eip1559",
      chainId: config.chainId,
      nonce,
      gas: 100_000n,
      maxFeePerGas: 10n ** 11n,
      maxPriorityFeePerGas: 1n,
      ...call,
    });
    return decodeTransaction(hexToBytes(raw));
  }

  /** One block of these transactions, the L1 attributes before them when the chain has none yet. */
  async function build(
    transactions: Transaction[],
    spoil: (executed: ExecutedBlock) => void = () => undefined,
  ): Promise<Block> {
    const moved = head.header.number === 0;
    sequenceNumber = moved ? 0 : sequenceNumber + 1;
    const attributes = l1AttributesTransaction({
      number: Number(origin.number),
      hash: hexToBytes(origin.hash),
      timestamp: Number(origin.timestamp),
      baseFee: origin.baseFeePerGas ?? 0n,
      blobBaseFee: 1n,
      sequenceNumber: 0,
    });
    const input = nextBlockInput(
      config,
      head,
      (head.header.timestamp + 1) * 1000,
      moved ? [attributes, ...transactions] : transactions,
      l1Prices(executor.state()),
    );
    const executed = await executor.execute(input);
    spoil(executed);
    await chain.appendBlock(executed, {
      originNumber: Number(origin.number),
      originHash: hexToBytes(origin.hash),
      sequenceNumber,
      messagesConsumed: 0,
      transactionsFromL1: moved ? 1 : 0,
    });
    await executor.commit(executed);
    head = executed.block;
    return head;
  }

  async function appendBlock(transactions: number): Promise<Block> {
    const list: Transaction[] = [];
    for (let i = 0; i < transactions; i++) list.push(await signed({ to: bytesToHex(PASSER), value: 1n }));
    return build(list);
  }

  /** As the RPC reads states and heads. */
  const stateAccess = createStateAccess(store, chain);
  const heads = {
    heads: () => ({ latest: { number: head.header.number, hash: head.hash }, safe: 0, finalized: 0 }),
  };
  return Object.assign(bench, {
    ...{ build, signed, config, store, dataDir, stateAccess, heads, buildProofInput },
  });
}
