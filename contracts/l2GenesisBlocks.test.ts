/** The genesis on Braid's own engine: the block that it makes, and what the predeploys do in the blocks after it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeEventLog, encodeFunctionData, type Hex } from "viem";
import { type HDAccount, mnemonicToAccount } from "viem/accounts";
import { afterEach, expect, test } from "vitest";
import { createExecutor, type Executor } from "../executor/index.ts";
import {
  type Block,
  bytesToBigInt,
  bytesToHex,
  DEVELOPMENT_MNEMONIC,
  decodeTransaction,
  EMPTY_BYTES,
  FEE_VAULT_ADDRESS,
  hexToBytes,
  keccak256,
  l1AttributesTransaction,
  l1CostFloor,
  l1PricesIn,
  NO_L1_PRICES,
  nextL2BaseFee,
  padTo32,
  type Transaction,
} from "../protocol/index.ts";
import { l2ToL1MessagePasserArtifact } from "./artifacts/l2ToL1MessagePasser.ts";
import { sequencerFeeVaultArtifact } from "./artifacts/sequencerFeeVault.ts";
import { developmentDeployment } from "./l2Deployment.ts";
import { l2Genesis, PREDEPLOYS } from "./l2Genesis.ts";

const deployment = developmentDeployment({
  l1StandardBridge: `0x${"b1".repeat(20)}`,
  feeVault: { recipient: `0x${"fe".repeat(20)}`, minWithdrawalAmount: 0n },
});
const genesis = l2Genesis(deployment);
const { config } = genesis;
const GWEI = 10n ** 9n;
const account = mnemonicToAccount(DEVELOPMENT_MNEMONIC);
const PASSER = hexToBytes(PREDEPLOYS.l2ToL1MessagePasser);

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startChain(lanes: number): Promise<{ executor: Executor; genesisBlock: Block }> {
  const dataDir = await mkdtemp(join(tmpdir(), "braid-genesis-"));
  closers.push(() => rm(dataDir, { recursive: true }));
  const executor = createExecutor({ dataDir, lanes, genesis, inlineBelowMicros: 0 });
  closers.push(() => executor.stop());
  await executor.start();
  const executed = await executor.initialize();
  await executor.commit(executed);
  return { executor, genesisBlock: executed.block };
}

/** Builds the next block under the chain's own rules. */
async function build(executor: Executor, parent: Block, transactions: Transaction[]) {
  const prices = l1PricesIn((address, slot) => executor.state().storage(address, slot));
  const executed = await executor.execute({
    number: parent.header.number + 1,
    parentHash: parent.hash,
    timestamp: parent.header.timestamp + 1,
    baseFeePerGas: nextL2BaseFee(config, parent.header, prices),
    gasLimit: config.gasLimit,
    coinbase: config.feeRecipient,
    prevRandao: keccak256(parent.hash),
    extraData: EMPTY_BYTES,
    parentBeaconBlockRoot: new Uint8Array(32),
    transactions,
  });
  await executor.commit(executed);
  return executed;
}

async function sign(request: { to: Hex; value?: bigint; data?: Hex }, nonce: number): Promise<Transaction> {
  const fees = { maxFeePerGas: 1_000n * GWEI, maxPriorityFeePerGas: GWEI, gas: 500_000n };
  const signer: HDAccount = account;
  const raw = await signer.signTransaction({
    ...request,
    ...fees,
    nonce,
    chainId: config.chainId,
    type: "eip1559",
  });
  return decodeTransaction(hexToBytes(raw));
}

const attributes = {
  number: 5,
  timestamp: 1_767_225_700,
  baseFee: 20n * GWEI,
  blobBaseFee: 3n * GWEI,
  hash: keccak256(Uint8Array.of(5)),
  sequenceNumber: 0,
};

test("the same deployment gives the same genesis block, on one lane and on two", async () => {
  const [one, two] = [await startChain(1), await startChain(2)];
  expect(bytesToHex(one.genesisBlock.hash)).toBe(bytesToHex(two.genesisBlock.hash));
  expect(one.genesisBlock.header.baseFeePerGas).toBe(config.baseFeeFloor);
  const state = one.executor.state();
  for (const { address, codeHash, nonce, balance, storage } of genesis.accounts) {
    expect(state.account(address)).toMatchObject({ codeHash, nonce, balance });
    for (const { slot, value } of storage) expect(padTo32(state.storage(address, slot))).toEqual(value);
  }
});

test("attributes open a block, and the base fee rises until it pays for posting at their prices", async () => {
  const { executor, genesisBlock } = await startChain(1);
  const first = await build(executor, genesisBlock, [l1AttributesTransaction(attributes)]);
  expect(first.skipped).toEqual([]);
  expect(first.block.receipts[0]?.status).toBe(1);
  expect(first.block.header.baseFeePerGas).toBe(nextL2BaseFee(config, genesisBlock.header, NO_L1_PRICES));
  const prices = l1PricesIn((address, slot) => executor.state().storage(address, slot));
  expect(prices).toEqual({ baseFee: attributes.baseFee, blobBaseFee: attributes.blobBaseFee });
  const floor = l1CostFloor(config, prices);
  let { block } = await build(executor, first.block, []);
  expect(block.header.baseFeePerGas).toBe((config.baseFeeFloor * 9n) / 8n);
  while (block.header.baseFeePerGas < floor && block.header.number < 100) {
    ({ block } = await build(executor, block, []));
  }
  expect(block.header.baseFeePerGas).toBe(floor);
});

test("fees gather in the vault, leave by the passer, and the passer burns them", async () => {
  const { executor, genesisBlock } = await startChain(1);
  const call = (
    abi: typeof sequencerFeeVaultArtifact.abi | typeof l2ToL1MessagePasserArtifact.abi,
    name: "withdraw" | "burn",
  ) => encodeFunctionData({ abi, functionName: name });
  const { block } = await build(executor, genesisBlock, [
    l1AttributesTransaction(attributes),
    await sign({ to: account.address, value: 1n }, 0),
  ]);
  const balanceOf = (address: Uint8Array) => executor.state().account(address)?.balance ?? 0n;
  const fees = balanceOf(FEE_VAULT_ADDRESS);
  // Tip and base fee of the transfer; the attributes, which take gas too, pay nothing.
  expect(block.header.gasUsed).toBeGreaterThan(21_000n);
  expect(fees).toBe(21_000n * (GWEI + block.header.baseFeePerGas));

  const withdrawal = await sign(
    { to: PREDEPLOYS.sequencerFeeVault, data: call(sequencerFeeVaultArtifact.abi, "withdraw") },
    1,
  );
  const { block: next } = await build(executor, block, [withdrawal]);
  expect(next.receipts[0]?.status).toBe(1);
  expect(balanceOf(PASSER)).toBe(fees);
  const logs = (next.receipts[0]?.logs ?? []).map((log) => ({
    address: bytesToHex(log.address),
    topics: log.topics.map(bytesToHex),
    data: bytesToHex(log.data),
  }));
  const passed = logs.find(({ address }) => address === PREDEPLOYS.l2ToL1MessagePasser.toLowerCase());
  const abi = l2ToL1MessagePasserArtifact.abi;
  const [signature, ...indexed] = passed?.topics ?? [];
  const message = decodeEventLog({
    abi,
    data: passed?.data ?? "0x",
    topics: [signature ?? "0x", ...indexed],
    strict: true,
  });
  expect(message).toMatchObject({ eventName: "MessagePassed", args: { value: fees } });

  const burn = await sign(
    { to: PREDEPLOYS.l2ToL1MessagePasser, data: call(l2ToL1MessagePasserArtifact.abi, "burn") },
    2,
  );
  const { block: last } = await build(executor, next, [burn]);
  expect(last.receipts[0]?.status).toBe(1);
  expect(balanceOf(PASSER)).toBe(0n);
  expect(bytesToBigInt(executor.state().storage(PASSER, padTo32(Uint8Array.of(1))))).toBe(1n);
});
