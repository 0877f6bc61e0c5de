import { createPublicClient, type Hash, http, keccak256 } from "viem";
import { expect } from "vitest";
import { readPostedBatch } from "../rollupEvents.ts";
import { rpc } from "../rpc.ts";
import type { TestNode } from "../testNode.ts";
import {
  type NodeBlock,
  readChain,
  readMessages,
  readOutputRoot,
  readPaidOut,
  readRollup,
} from "./readSettlement.ts";

export interface SettlementExpectations {
  /** What the node told users that it has. */
  acknowledged: Iterable<Hash>;
  /** Whether everything must have become final. Default true. */
  finalized?: boolean;
}

/** The sender of L1 attributes. */
const DEPOSITOR = "0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001";
const isDepositor = (address: string) => address.toLowerCase() === DEPOSITOR;
const PATIENCE = { timeout: 120_000, interval: 250 };

/**
 * What must hold of any node once nothing moves any more, whatever happened before: nothing is lost, posted twice or
 * finalized wrongly. Waits until the node has brought everything to L1 by itself.
 */
export async function checkSettlement(
  node: TestNode,
  { acknowledged, finalized = true }: SettlementExpectations,
): Promise<void> {
  const users = [...acknowledged];
  await expect.poll(() => waiting(node, users), PATIENCE).toEqual([]);
  await expect.poll(() => behind(node, finalized), PATIENCE).toEqual([]);
  const chain = await readChain(node);
  const rollup = await readRollup(node);
  await checkTransactions(node, chain, users);
  await checkBatches(node, chain, rollup);
  await checkFinality(node, rollup);
  await checkMoney(node);
}

/** Acknowledged transactions that no block holds. */
async function waiting({ rpcUrl }: TestNode, hashes: Hash[]): Promise<Hash[]> {
  const client = createPublicClient({ transport: http(rpcUrl, { batch: { batchSize: 200 } }) });
  const found = await Promise.all(
    hashes.map((hash) => client.request({ method: "eth_getTransactionByHash", params: [hash] })),
  );
  return hashes.filter((_, index) => found[index]?.blockNumber == null);
}

/** What is not where it should come to. */
async function behind(node: TestNode, finalized: boolean): Promise<string[]> {
  const client = createPublicClient({ transport: http(node.rpcUrl), cacheTime: 0 });
  const chain = await readChain(node);
  // Blocks that only say where L1 is are worth no batch of their own.
  const last =
    chain.findLast((block) => block.transactions.some(({ from }) => !isDepositor(from)))?.number ?? 0n;
  const messages = await readMessages(node);
  const deposits = depositsOf(chain).length;
  const wanted = messages.filter(({ kind }) => kind === "deposit").length;
  const lags: string[] = [];
  if (deposits !== wanted) lags.push(`L2 has ${deposits} deposits of ${wanted}`);
  for (const blockTag of finalized ? (["safe", "finalized"] as const) : (["safe"] as const)) {
    const { number } = await client.getBlock({ blockTag });
    if (number < last) lags.push(`${blockTag} is block ${number} of ${last}`);
  }
  return lags;
}

const depositsOf = (chain: NodeBlock[]) =>
  chain
    .flatMap(({ transactions }) => transactions)
    .filter(({ typeHex, from }) => typeHex === "0x7e" && !isDepositor(from))
    .map(({ hash }) => hash);

async function checkTransactions(node: TestNode, chain: NodeBlock[], users: Hash[]): Promise<void> {
  for (const [index, block] of chain.entries()) {
    if (index > 0) expect(block.parentHash, `block ${index}`).toBe(chain[index - 1]?.hash);
  }
  const hashes = chain.flatMap(({ transactions }) => transactions.map(({ hash }) => hash));
  expect(new Set(hashes).size, "a transaction is in the chain twice").toBe(hashes.length);
  const present = new Set(hashes);
  expect(users.filter((hash) => !present.has(hash))).toEqual([]);
  const messages = await readMessages(node);
  expect(depositsOf(chain)).toEqual(
    messages.filter(({ kind }) => kind === "deposit").map(({ hash }) => hash),
  );
}

type Rollup = Awaited<ReturnType<typeof readRollup>>;

async function checkBatches(
  node: TestNode,
  chain: NodeBlock[],
  { committed, batches }: Rollup,
): Promise<void> {
  expect(batches.map(({ number }) => number)).toEqual(
    Array.from({ length: committed }, (_, index) => index + 1),
  );
  const forced = new Set(
    (await readMessages(node)).filter(({ kind }) => kind === "forced").map(({ hash }) => hash),
  );
  let next = 1;
  for (const batch of batches) {
    const { number, firstBlock, lastBlock, transactionHash } = batch;
    const named = `batch ${number}`;
    expect(firstBlock, named).toBe(next);
    next = lastBlock + 1;
    const posted = await readPostedBatch(node.l1Url, transactionHash);
    expect(
      posted.blocks.map((block) => block.number),
      named,
    ).toEqual(Array.from({ length: lastBlock - firstBlock + 1 }, (_, index) => firstBlock + index));
    for (const block of posted.blocks) {
      const ours = chain[block.number];
      const own = block.transactions.map((raw) => keccak256(raw));
      const all = ours?.transactions ?? [];
      const fromL1 = all.slice(0, all.length - own.length);
      expect(
        all.slice(fromL1.length).map(({ hash }) => hash),
        `block ${block.number}`,
      ).toEqual(own);
      expect(fromL1.every(({ hash, typeHex }) => typeHex === "0x7e" || forced.has(hash))).toBe(true);
      expect(BigInt(block.timestamp)).toBe(ours?.timestamp);
      expect(block.baseFeePerGas).toBe(ours?.baseFeePerGas);
    }
    const last = chain[lastBlock];
    if (last === undefined) throw new TypeError(`${named} ends behind the node's chain`);
    expect(batch, named).toMatchObject({
      lastBlockHash: last.hash,
      postStateRoot: last.stateRoot,
      outputRoot: await readOutputRoot(node, last),
    });
  }
  // The node's own account of it.
  for (const { number, transactionHash } of batches) {
    const ours = await rpc(node.rpcUrl, "rollup_getBatch", [`0x${number.toString(16)}`]);
    expect(ours).toMatchObject({ l1TransactionHash: transactionHash });
  }
}

/** Every batch on L1 is the node's, so it is enough that none is ahead of its turn, and that the heads say the same. */
async function checkFinality(node: TestNode, rollup: Rollup): Promise<void> {
  const { committed, proven, finalized, batches, provenOnes, finalizedOnes } = rollup;
  expect(proven).toBeLessThanOrEqual(committed);
  expect(finalized).toBeLessThanOrEqual(proven);
  expect(provenOnes).toEqual(Array.from({ length: proven }, (_, index) => index + 1));
  expect(new Set(finalizedOnes).size).toBe(finalizedOnes.length);
  const client = createPublicClient({ transport: http(node.rpcUrl), cacheTime: 0 });
  const lastBlock = (number: number) => BigInt(batches[number - 1]?.lastBlock ?? 0);
  const final = await client.getBlock({ blockTag: "finalized" });
  expect(final.number).toBeLessThanOrEqual(lastBlock(finalized));
  const safe = await client.getBlock({ blockTag: "safe" });
  expect(safe.number).toBeLessThanOrEqual(lastBlock(committed));
}

/** The portal holds what was deposited and has not left. */
async function checkMoney(node: TestNode): Promise<void> {
  const client = createPublicClient({ transport: http(node.l1Url), cacheTime: 0 });
  const minted = (await readMessages(node)).reduce((sum, { mint }) => sum + mint, 0n);
  const paid = await readPaidOut(node);
  expect(await client.getBalance({ address: node.contracts.portal })).toBe(minted - paid);
}
