/** What L1 and the node each say of the chain, for comparing the two. */
import { type Block, createPublicClient, type Hash, http, keccak256, numberToHex } from "viem";
import {
  extractTransactionDepositedLogs,
  getL2TransactionHash,
  opaqueDataToDepositData,
} from "viem/op-stack";
import { optimismPortalAbi, rollupAbi } from "../../../contracts/index.ts";
import type { TestNode } from "../testNode.ts";

export type NodeBlock = Block<bigint, true, "latest">;

/** All blocks of the node, genesis first. */
export async function readChain({ rpcUrl }: TestNode): Promise<NodeBlock[]> {
  const client = createPublicClient({ transport: http(rpcUrl, { batch: { batchSize: 50 } }) });
  const latest = Number(await client.getBlockNumber({ cacheTime: 0 }));
  return Promise.all(
    Array.from({ length: latest + 1 }, (_, number) =>
      client.getBlock({ blockNumber: BigInt(number), includeTransactions: true }),
    ),
  );
}

export interface Message {
  kind: "deposit" | "forced";
  /** Of its L2 transaction, if it has one. */
  hash: Hash;
  /** Wei that came with it. */
  mint: bigint;
}

/** L1's queue, in order, from the portal's events. */
export async function readMessages({ l1Url, contracts }: TestNode): Promise<Message[]> {
  const client = createPublicClient({ transport: http(l1Url) });
  const events = await client.getContractEvents({
    address: contracts.portal,
    abi: optimismPortalAbi,
    fromBlock: 0n,
    strict: true,
  });
  return events.flatMap((event): Message[] => {
    if (event.eventName === "TransactionForced") {
      return [{ kind: "forced", hash: keccak256(event.args.data), mint: 0n }];
    }
    const [log] = extractTransactionDepositedLogs({ logs: [event] });
    if (log === undefined) return [];
    const { mint = 0n } = opaqueDataToDepositData(log.args.opaqueData);
    return [{ kind: "deposit", hash: getL2TransactionHash({ log }), mint }];
  });
}

export async function readRollup({ l1Url, rollup }: TestNode) {
  const client = createPublicClient({ transport: http(l1Url) });
  const contract = { address: rollup, abi: rollupAbi } as const;
  const read = async (functionName: "lastCommittedBatch" | "lastProvenBatch" | "lastFinalizedBatch") =>
    Number(await client.readContract({ ...contract, functionName }));
  const numbersOf = async (eventName: "BatchProven" | "BatchFinalized") => {
    const events = await client.getContractEvents({ ...contract, eventName, fromBlock: 0n, strict: true });
    return events.map(({ args }) => Number(args.number)).filter((number) => number > 0);
  };
  const commits = await client.getContractEvents({
    ...contract,
    eventName: "BatchCommitted",
    fromBlock: 0n,
    strict: true,
  });
  return {
    committed: await read("lastCommittedBatch"),
    proven: await read("lastProvenBatch"),
    finalized: await read("lastFinalizedBatch"),
    provenOnes: await numbersOf("BatchProven"),
    finalizedOnes: await numbersOf("BatchFinalized"),
    batches: commits
      .filter(({ args }) => args.number > 0n)
      .map(({ args: { header }, transactionHash }) => ({
        number: Number(header.number),
        firstBlock: Number(header.firstBlock),
        lastBlock: Number(header.lastBlock),
        lastBlockHash: header.lastBlockHash,
        postStateRoot: header.postStateRoot,
        outputRoot: header.outputRoot,
        messagesConsumed: Number(header.messagesConsumed),
        transactionHash,
      })),
  };
}

const MESSAGE_PASSER = "0x4200000000000000000000000000000000000016";
const MESSAGE_PASSED = {
  type: "event",
  name: "MessagePassed",
  inputs: [
    { name: "nonce", type: "uint256", indexed: true },
    { name: "sender", type: "address", indexed: true },
    { name: "target", type: "address", indexed: true },
    { name: "value", type: "uint256" },
    { name: "gasLimit", type: "uint256" },
    { name: "data", type: "bytes" },
    { name: "withdrawalHash", type: "bytes32" },
  ],
} as const;

/** Wei that left the portal for withdrawals; a withdrawal that L2 never sent, or that left twice, is thrown for. */
export async function readPaidOut({ l1Url, rpcUrl, contracts }: TestNode): Promise<bigint> {
  const [l1, l2] = [l1Url, rpcUrl].map((url) => createPublicClient({ transport: http(url) }));
  if (l1 === undefined || l2 === undefined) throw new TypeError("two chains");
  const finalized = await l1.getContractEvents({
    address: contracts.portal,
    abi: optimismPortalAbi,
    eventName: "WithdrawalFinalized",
    fromBlock: 0n,
    strict: true,
  });
  const passed = await l2.getLogs({
    address: MESSAGE_PASSER,
    event: MESSAGE_PASSED,
    fromBlock: 0n,
    strict: true,
  });
  const values = new Map(passed.map(({ args }) => [args.withdrawalHash, args.value]));
  let paid = 0n;
  for (const { args } of finalized) {
    const value = values.get(args.withdrawalHash);
    if (value === undefined)
      throw new TypeError(`withdrawal ${args.withdrawalHash} is not L2's, or left twice`);
    values.delete(args.withdrawalHash);
    if (args.success) paid += value;
  }
  return paid;
}

/** The output root of a block, from what the node serves. */
export async function readOutputRoot({ rpcUrl }: TestNode, block: NodeBlock): Promise<Hash> {
  const client = createPublicClient({ transport: http(rpcUrl) });
  const { storageHash } = await client.getProof({
    address: MESSAGE_PASSER,
    storageKeys: [],
    blockNumber: block.number,
  });
  return keccak256(
    `${numberToHex(0, { size: 32 })}${[block.stateRoot, storageHash, block.hash].map((word) => word.slice(2)).join("")}`,
  );
}
